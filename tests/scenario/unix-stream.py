#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Programs of this machine connect to a Unix socket: they get receipts as over TCP, and each record says which user,
group and process has sent it, as the kernel tells. Lists and limits are of users. Descriptors that come along are
closed and counted."""

import os
import signal
import socket

import bus
import harness as h

OTHERS = [(1000, 100), (1001, 100), (4242, 4243)]
SEND = """
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1].replace("@", "\\0"))
try:
    s.sendall(sys.argv[2].encode() + b"\\n")
    print(s.recv(100).decode(), end="")
except (ConnectionResetError, BrokenPipeError):
    print("reset")
"""


def send_as(s, user, text, path=None):
    os.chmod(s.dir, 0o711)
    return h.as_user(*user, SEND, path or s.path("stream"), text)


def test_receipts_and_records():
    """As text, as JSON and in the journal."""
    outputs = [h.file(), h.file(path="@DIR@/log.json", format="json")]
    with h.Sockd([h.unix(mode="0666")], outputs) as s:
        with s.local() as c:
            (one,) = c.send(b"hello\n").receipts(1)
        (record,) = s.records()
        assert (record.listener, record.peer, record.id, record.text) == (b"stream", c.name, one, b"hello"), record
        (line,) = h.json_records(s.path("log.json"))
        expected = {"listener": "stream", "protocol": "unix-stream", "peer_address": f"uid:{os.geteuid()}",
                    "peer_uid": os.geteuid(), "peer_gid": os.getegid(), "peer_pid": os.getpid(), "size": 5,
                    "message": "hello"}
        assert {k: line.get(k) for k in expected} == expected, line
        assert not {"peer_port", "local_address", "local_port"} & line.keys(), line
        s.stop()


def test_three_users():
    with h.Sockd([h.unix(mode="0666")]) as s:
        for user in OTHERS:
            pid, printed = send_as(s, user, "hello")
            h.receipt_id(printed)
            assert s.records()[-1].peer == b"uid:%d/pid:%d" % (user[0], pid), s.records()
        s.stop()


def test_many_messages():
    n = 20000
    with h.Sockd([h.unix()]) as s, s.local() as c:
        sender = h.threading.Thread(target=c.send, args=(b"".join(b"%d\n" % i for i in range(n)),))
        sender.start()
        c.receipts(n)
        sender.join()
        assert [int(r.text) for r in s.records()] == list(range(n))
        s.stop()


def test_framing():
    """As that of TCP."""
    with h.Sockd([h.unix(framing="octet-counted")]) as s, s.local() as c:
        c.send(b"5 hello6 a\nline").receipts(2)
        assert [bytes(r) for r in s.records()] == [b"hello", b"a\nline"]
        s.stop()


def test_abstract():
    name = f"@sockd-test-{os.getpid()}"
    with h.Sockd([h.unix(path=name)]) as s:
        with s.local(path=name) as c:
            c.send(b"x\n").receipts(1)
        s.stop()
        try:
            h.LocalClient(name)
            raise AssertionError("it still listens")
        except ConnectionRefusedError:
            pass


MATRIX = [
    ({}, (True, True, True)),
    ({"allow": ["uid:1000"]}, (True, False, False)),
    ({"allow": ["gid:100"]}, (True, True, False)),
    ({"deny": ["gid:100"]}, (False, False, True)),
    ({"allow": ["gid:100", "uid:4242"], "deny": ["uid:1001"]}, (True, False, True)),
    ({"allow": ["uid:4243", "gid:4242"]}, (False, False, False)),
]


def test_lists():
    name = f"@sockd-test-{os.getpid()}"
    for keys, allowed in MATRIX:
        for path, where in [(None, {"mode": "0666"}), (name, {"path": name})]:
            with h.Sockd([h.unix(**where, **keys)]) as s:
                got = tuple(send_as(s, user, "hello", path)[1] != b"reset\n" for user in OTHERS)
                assert got == allowed, (keys, got)
                s.stop()
                assert s.counters()["stream"].received == sum(allowed)
                assert ("denied" in s.stderr) == (not all(allowed)), s.stderr


def test_list_of_open_streams():
    """A reload ends those of users who are denied from then on."""
    with h.Sockd([h.unix()]) as s, s.local() as c:
        c.send(b"x\n").receipts(1)
        s.reload([h.unix(deny=[f"uid:{os.geteuid()}"])])
        assert c.rest() == b""
        s.wait_line(f"listener stream: uid:{os.geteuid()}/pid:{os.getpid()} is in deny, denied")
        s.stop()


def test_connections_per_peer():
    """A peer is a user, whichever of its processes it is."""
    with h.Sockd([h.unix(mode="0666")], top="limits = { connections_per_peer = 2; };") as s:
        with s.local() as a, s.local() as b:
            a.send(b"a\n").receipts(1)
            b.send(b"b\n").receipts(1)
            with s.local() as third:
                try:
                    assert third.rest() == b""
                except ConnectionResetError:
                    pass
            s.wait_line(r"uid:\d+/pid:\d+.*connections_per_peer")
            h.receipt_id(send_as(s, OTHERS[0], "another user")[1])
        s.stop()


def test_message_rate_per_peer():
    """Senders are held back, and lose nothing."""
    with h.Sockd([h.unix()], top="limits = { message_rate_per_peer = 1000; };") as s, s.local() as c:
        c.send(b"x\n" * 1500).receipts(1500)
        s.stop()
        assert s.counters()["stream"].recorded == 1500


def test_descriptors_are_closed():
    """Also those of a flood; none is kept, not even for a moment in which it could be seen after the receipt."""
    with bus.Bus() as b, h.Sockd([h.unix()], env=b.env) as s, s.local() as c:
        b.wait_owned()
        c.send(b"before\n").receipts(1)
        before = sorted(s.descriptors())
        with open(s.config, encoding="utf-8") as f:
            for i in range(100):
                c.pass_descriptors(b"%d\n" % i, [f.fileno()] * (1 + i % 200)).receipts(1)
            assert sorted(s.descriptors()) == before
            for i in range(300):
                c.pass_descriptors(b"%d\n" % i, [f.fileno()] * 200)
            c.receipts(300)
        assert sorted(s.descriptors()) == before
        (row,) = b.rows("listeners")
        # Several of them may have come with one read.
        assert 100 < row["descriptors_refused"] <= 400 and row["recorded"] == 401, row
        s.stop()


def test_half_closed():
    with h.Sockd([h.unix()]) as s, s.local() as c:
        c.send(b"a\nb\nrest").finish()
        assert len(h.ids_of(c.rest())) == 3
        assert [bytes(r) for r in s.records()] == [b"a", b"b", b"rest"]
        s.stop()


def test_vanishes():
    """A client that closes without reading, and one that is killed: what they sent is recorded."""
    with h.Sockd([h.unix(mode="0666")]) as s:
        with s.local() as c:
            c.send(b"a\nb\n")
        h.as_user(*OTHERS[0], 's = socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\n'
                  's.sendall(b"c\\nd\\n")\nos.kill(os.getpid(), signal.SIGKILL)', open_to_all(s))
        s.wait_records(4)
        s.stop()
        assert sorted(r.text for r in s.records()) == [b"a", b"b", b"c", b"d"]


def open_to_all(s):
    os.chmod(s.dir, 0o711)
    return s.path("stream")


def test_never_reads():
    """Receipts that nobody reads are bounded in the kernel and here; then the client is not read either, or its
    receipts are kept as numbers. Others are served."""
    with h.Sockd([h.unix()]) as s, s.local() as rude:
        rude.socket.setblocking(False)
        sent = 0
        lines = b"m\n" * 32768

        def flood():
            nonlocal sent
            try:
                sent += rude.socket.send(lines)
            except BlockingIOError:
                pass
            return sent >= 20 * len(lines)
        h.wait_for(flood, "sockd to read it all")
        if not h.SANITIZED:
            assert s.memory_peak() < 160 << 20, s.memory_peak()
        with s.local() as polite:
            polite.send(b"still served\n").receipts(1)
        unread = h.struct.unpack("i", h.fcntl.ioctl(rude.socket, h.termios.FIONREAD, bytes(4)))[0]
        assert 0 < unread <= 64 << 10, unread
        rude.close()
        s.stop()
        c = s.counters()["stream"]
        assert c.received == c.recorded and abs(c.received - sent // 2 - 1) <= 1, (c, sent)


def test_sigterm():
    """All that was sent before is recorded and answered."""
    n = 5000
    with h.Sockd([h.unix(mode="0600")]) as s:
        clients = [s.local() for _ in range(10)]
        for c in clients:
            c.send(b"here\n").receipts(1)
        for c in clients:
            c.send(b"message\n" * n)
        s.signal(signal.SIGTERM)
        ids = [h.ids_of(c.rest()) for c in clients]
        assert [len(i) for i in ids] == [n] * 10
        assert s.wait_exit() == 0
        assert {i for each in ids for i in each} <= {r.id for r in s.records()}
        assert s.counters()["stream"].recorded == 10 * (n + 1)
        assert not os.path.lexists(s.path("stream"))


def test_looks():
    """The bus and sockctl show it."""
    with bus.Bus() as b, h.Sockd([h.unix()], env=b.env) as s, s.local() as c:
        b.wait_owned()
        c.send(b"x\n").receipts(1)
        (row,) = b.rows("listeners")
        assert row["protocol"] == "unix-stream" and row["addresses"] == [s.path("stream")], row
        (row,) = b.rows("connections")
        assert row["peer_address"] == f"uid:{os.geteuid()}", row
        (row,) = b.rows("peers")
        assert row["peer_address"] == f"uid:{os.geteuid()}" and row["received"] == 1, row
        s.stop()


def test_not_for_everyone():
    """The mode of the file is that in the settings; its default is for the group."""
    with h.Sockd([h.unix(), h.unix(name="all", path="@DIR@/all", mode="666"),
                  h.unix(name="own", path="@DIR@/own", mode="0600")]) as s:
        assert [os.stat(s.path(n)).st_mode & 0o7777 for n in ("stream", "all", "own")] == [0o660, 0o666, 0o600]
        os.chmod(s.dir, 0o711)
        _, printed = h.as_user(*OTHERS[0], 's = socket.socket(socket.AF_UNIX)\ntry:\n    s.connect(sys.argv[1])\n'
                               'except PermissionError:\n    print("no")', s.path("stream"))
        assert printed == b"no\n", printed
        s.stop()


def test_foreign_clients():
    """Each gets its record and its receipt."""
    with h.Sockd([h.unix()]) as s:
        path = s.path("stream")
        for command in ([h.tool("socat"), "-t5", "-", f"UNIX-CONNECT:{path}"], [h.tool("nc"), "-U", "-N", path],
                        [h.tool("ncat"), "-U", path]):
            done = h.subprocess.run(command, input=command[0].encode() + b"\n", capture_output=True, check=False,
                                    timeout=h.DEADLINE)
            h.receipt_id(done.stdout)
            assert bytes(s.records()[-1]) == command[0].encode()
        s.stop()


def test_oob_is_data():
    """An urgent byte is no way around the framing, and holds nothing up."""
    with h.Sockd([h.unix()]) as s, s.local() as c:
        c.send(b"a")
        try:
            c.socket.send(b"b", socket.MSG_OOB)
        except OSError as error:
            raise h.Skip("the kernel has no urgent data for Unix sockets") from error
        c.send(b"c\n").receipts(1)
        s.wait_records(1)
        s.stop()
        assert bytes(s.records()[0]) in (b"abc", b"ac"), s.records()


if __name__ == "__main__":
    h.main()
