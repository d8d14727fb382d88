#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Programs of this machine connect to a Unix socket that keeps the bounds of packets: each is a message with a receipt,
an empty one too, which is not the end of the connection."""

import os
import signal
import socket
import struct

import bus
import harness as h

OTHERS = [(1000, 100), (1001, 100), (4242, 4243)]
LIE = struct.pack("iII", 1, 1234, 5678)


def send_as(s, user, text):
    os.chmod(s.dir, 0o711)
    return h.as_user(*user, """
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect(sys.argv[1])
try:
    s.send(sys.argv[2].encode())
    print(s.recv(100).decode(), end="")
except (ConnectionResetError, BrokenPipeError):
    print("reset")
""", s.path("seqpacket"), text)


def test_receipts_and_records():
    outputs = [h.file(), h.file(path="@DIR@/log.json", format="json")]
    with h.Sockd([h.unix("seqpacket")], outputs) as s, s.local("seqpacket") as c:
        (one,) = c.send(b"hello\nworld\n").receipts(1)
        (record,) = s.records()
        assert (record.listener, record.peer, record.id) == (b"seqpacket", c.name, one), record
        assert bytes(record) == b"hello\nworld", record
        (line,) = h.json_records(s.path("log.json"))
        expected = {"protocol": "unix-seqpacket", "peer_uid": os.geteuid(), "peer_gid": os.getegid(),
                    "peer_pid": os.getpid(), "message": "hello\nworld"}
        assert {k: line.get(k) for k in expected} == expected, line
        s.stop()


def test_three_users():
    with h.Sockd([h.unix("seqpacket", mode="0666", deny=["uid:1001"])]) as s:
        for user in OTHERS:
            pid, printed = send_as(s, user, "hello")
            if user[0] == 1001:
                assert printed == b"reset\n", printed
                continue
            h.receipt_id(printed)
            assert s.records()[-1].peer == b"uid:%d/pid:%d" % (user[0], pid), s.records()
        s.stop()


def test_empty_packets():
    """They are messages; the end is the end."""
    with h.Sockd([h.unix("seqpacket")]) as s, s.local("seqpacket") as c:
        for data in (b"", b"a", b"", b"", b"b"):
            c.socket.send(data)
        c.receipts(5)
        for _ in range(200):
            c.socket.send(b"")
        c.receipts(200)
        c.finish()
        assert c.rest() == b""
        s.stop()
        assert [bytes(r) for r in s.records()] == [b"", b"a", b"", b"", b"b"] + [b""] * 200


def test_bounds():
    """Many packets at once are as many messages, in order."""
    n = 20000
    with h.Sockd([h.unix("seqpacket")]) as s, s.local("seqpacket") as c:
        def send():
            for i in range(n):
                c.socket.send(b"%d\n" % i)
        sender = h.threading.Thread(target=send)
        sender.start()
        c.receipts(n)
        sender.join()
        assert [int(r.text) for r in s.records()] == list(range(n))
        s.stop()


def test_cut_at_message_size():
    with h.Sockd([h.unix("seqpacket")], top="limits = { message_size = 100; };") as s, s.local("seqpacket") as c:
        c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        for size in (100, 101, 65536, 150000):
            c.socket.send(b"x" * size)
            assert c.line().endswith(b"truncated\n") == (size > 100), size
            record = s.records()[-1]
            assert bytes(record) == b"x" * 100, record
            assert h.true_size(record.text) == (size if size > 100 else None), (size, record.text[-40:])
        s.stop()


def test_larger_than_a_read():
    """The kernel takes packets that are larger than what is read at once: the rest is lost, and said to be."""
    with h.Sockd([h.unix("seqpacket")], top="limits = { message_size = 1048576; };") as s, s.local("seqpacket") as c:
        c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        c.socket.send(b"x" * 150000)
        line = c.line()
        (record,) = s.records()
        if line.endswith(b"truncated\n"):
            assert h.true_size(record.text) == 150000 and len(bytes(record)) >= 65536, len(bytes(record))
        else:
            assert bytes(record) == b"x" * 150000
        s.stop()


def test_descriptors_are_closed():
    with bus.Bus() as b, h.Sockd([h.unix("seqpacket")], env=b.env) as s, s.local("seqpacket") as c:
        b.wait_owned()
        c.send(b"before").receipts(1)
        before = sorted(s.descriptors())
        with open(s.config, encoding="utf-8") as f:
            for i in range(300):
                c.pass_descriptors(b"%d" % i, [f.fileno()] * (1 + i % 250)).receipts(1)
            c.pass_descriptors(b"", [f.fileno()]).receipts(1)
        assert sorted(s.descriptors()) == before
        (row,) = b.rows("listeners")
        assert row["descriptors_refused"] == 301 and row["recorded"] == 302, row
        s.stop()


def test_credentials_that_lie():
    """Who connected counts, whatever a packet says."""
    h.needs_all_users()
    with h.Sockd([h.unix("seqpacket")]) as s, s.local("seqpacket") as c:
        c.socket.sendmsg([b"a lie"], [(socket.SOL_SOCKET, socket.SCM_CREDENTIALS, LIE)])
        c.receipts(1)
        c.socket.sendmsg([b""], [(socket.SOL_SOCKET, socket.SCM_CREDENTIALS, LIE)])
        c.receipts(1)
        assert {r.peer for r in s.records()} == {c.name}
        s.stop()


def test_never_reads():
    with h.Sockd([h.unix("seqpacket")]) as s, s.local("seqpacket") as rude:
        for _ in range(20000):
            rude.socket.send(b"m")
        with s.local("seqpacket") as polite:
            polite.send(b"still served").receipts(1)
        if not h.SANITIZED:
            assert s.memory_peak() < 160 << 20, s.memory_peak()
        h.wait_for(lambda: len(s.records()) == 20001, "all records")
        rude.close()
        s.stop()
        c = s.counters()["seqpacket"]
        assert c.received == c.recorded == 20001, c


def test_half_closed_and_vanished():
    with h.Sockd([h.unix("seqpacket")]) as s:
        with s.local("seqpacket") as c:
            c.socket.send(b"a")
            c.socket.send(b"b")
            c.finish()
            assert len(h.ids_of(c.rest())) == 2
        with s.local("seqpacket") as c:
            c.socket.send(b"c")
        s.wait_records(3)
        s.stop()


def test_sigterm():
    """What was sent before is recorded and answered."""
    with h.Sockd([h.unix("seqpacket")]) as s:
        clients = [s.local("seqpacket") for _ in range(5)]
        for c in clients:
            c.send(b"here").receipts(1)
        for c in clients:
            for i in range(100):
                c.socket.send(b"message %d" % i)
        s.signal(signal.SIGTERM)
        assert [len(h.ids_of(c.rest())) for c in clients] == [100] * 5
        assert s.wait_exit() == 0
        assert s.counters()["seqpacket"].recorded == 505


def test_limits():
    """Of connections and messages of a user."""
    limits = "limits = { connections_per_peer = 1; message_rate_per_peer = 500; };"
    with h.Sockd([h.unix("seqpacket")], top=limits) as s:
        with s.local("seqpacket") as c, s.local("seqpacket") as other:
            for i in range(700):
                c.socket.send(b"%d" % i)
            c.receipts(700)
            try:
                assert other.rest() == b""
            except ConnectionResetError:
                pass
        s.stop()
        assert s.counters()["seqpacket"].recorded == 700


if __name__ == "__main__":
    h.main()
