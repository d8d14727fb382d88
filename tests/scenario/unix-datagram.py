#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Programs of this machine send datagrams to a Unix socket. Each is a message, and says who has sent it. Senders are
held back by a full queue, so that nothing is lost, not even at the end; those with a name get their receipts, the
others are counted. Descriptors that come along are closed and counted."""

import os
import signal
import socket
import struct
import threading

import bus
import harness as h

LONG = b"a datagram that is long enough for its receipt"
OTHERS = [(1000, 100), (1001, 100), (4242, 4243)]
SEND = """
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("")
s.connect(sys.argv[1].replace("@", "\\0"))
for text in sys.argv[2:]:
    s.send(text.encode())
"""
# Root may say that it is another process, user and group: the kernel passes it on.
LIE = struct.pack("iII", 1, 1234, 5678)


def send_as(s, user, *texts):
    os.chmod(s.dir, 0o711)
    return h.as_user(*user, SEND, s.path("datagram"), *texts)[0]


def row_of(b):
    (row,) = b.rows("listeners")
    return row


def test_receipts_and_records():
    outputs = [h.file(), h.file(path="@DIR@/log.json", format="json")]
    with h.Sockd([h.unix("datagram")], outputs) as s, s.local("datagram") as c:
        one = h.receipt_id(c.ask(LONG))
        (record,) = s.records()
        assert (record.listener, record.peer, record.id, record.text) == (b"datagram", c.name, one, LONG), record
        (line,) = h.json_records(s.path("log.json"))
        expected = {"protocol": "unix-datagram", "peer_uid": os.geteuid(), "peer_gid": os.getegid(),
                    "peer_pid": os.getpid(), "message": LONG.decode()}
        assert {k: line.get(k) for k in expected} == expected, line
        assert not {"peer_port", "local_address", "local_port"} & line.keys(), line
        s.stop()


def test_three_users():
    with h.Sockd([h.unix("datagram", mode="0666")]) as s:
        pids = [send_as(s, user, "one", "two") for user in OTHERS]
        found = [r.peer for r in s.wait_records(6)]
        assert found == [b"uid:%d/pid:%d" % (u[0], p) for u, p in zip(OTHERS, pids) for _ in range(2)], found
        s.stop()


def test_lists():
    for keys, n in [({"allow": ["uid:1000"]}, 1), ({"allow": ["gid:100"]}, 2), ({"deny": ["gid:100"]}, 1)]:
        with h.Sockd([h.unix("datagram", mode="0666", **keys)]) as s:
            for user in OTHERS:
                send_as(s, user, str(user[0]))
            s.stop()
            assert len(s.records()) == n, (keys, s.records())
            assert "denied" in s.stderr


def test_who_can_be_answered():
    """A name of a file or an abstract one, also one that the kernel has chosen; those without any are counted."""
    with bus.Bus() as b, h.Sockd([h.unix("datagram")], env=b.env) as s:
        b.wait_owned()
        for name in ("", f"@client-{os.getpid()}", s.path("client"), os.path.join(s.dir, "c" * (107 - len(s.dir) - 1))):
            with s.local("datagram", name=name) as c:
                h.receipt_id(c.ask(LONG))
        assert row_of(b)["unanswerable"] == 0
        with s.local("datagram", name=None) as c:
            for _ in range(5):
                c.send(LONG)
        with s.local("datagram") as c:
            h.receipt_id(c.ask(LONG))
        row = row_of(b)
        assert row["unanswerable"] == 5 and row["recorded"] == 10, row
        s.stop()


def test_to_itself():
    """Somebody who has the socket's name, or that of a receipt, starts no loop."""
    with h.Sockd([h.unix("datagram")]) as s, s.local("datagram") as c:
        c.send(b"ok 1k9f3a2b-17 durable and quite long").send(b"error 1k9f3a2b-17 not stored: no space")
        h.receipt_id(c.ask(LONG))
        assert c.silent()
        s.stop()


def test_no_receipt_is_longer_than_its_datagram():
    with h.Sockd([h.unix("datagram")]) as s, s.local("datagram") as c:
        for n in range(60):
            c.send(b"x" * n)
            if n > len("ok"):
                got = c.receive()
                assert got == b"ok" or len(got) <= n and h.RECEIPT.fullmatch(got), (n, got)
        s.stop()
        assert c.silent(), "all that was answered is here by now"


def test_cut_at_message_size():
    with h.Sockd([h.unix("datagram")], top="limits = { message_size = 100; };") as s, s.local("datagram") as c:
        c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        for size in (100, 101, 65536, 100000):
            answer = c.ask(b"x" * size)
            assert answer.endswith(b"truncated\n") == (size > 100), answer
            record = s.records()[-1]
            assert bytes(record) == b"x" * 100, record
            assert h.true_size(record.text) == (size if size > 100 else None), (size, record.text[-40:])
        s.stop()


def test_nothing_is_lost():
    """Some senders each send as fast as they may; in order."""
    n, senders = 5000, 4
    with h.Sockd([h.unix("datagram")]) as s:
        def send(number):
            with s.local("datagram", name=None) as c:
                for i in range(n):
                    c.send(b"%d %d" % (number, i))
        threads = [threading.Thread(target=send, args=(i,)) for i in range(senders)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        s.stop()
        found = [tuple(map(int, r.text.split())) for r in s.records()]
        for number in range(senders):
            assert [i for k, i in found if k == number] == list(range(n))
        assert s.counters()["datagram"].recorded == n * senders


def ends_beside_senders(s, end):
    """Each of a few senders goes on until it is told that nobody is there. What was taken is recorded."""
    sent = [0] * 4
    errors = []

    def send(number):
        with s.local("datagram", name=None) as c:
            try:
                while True:
                    c.send(b"%d %d" % (number, sent[number]))
                    sent[number] += 1
            except OSError as error:
                errors.append(error)
    threads = [threading.Thread(target=send, args=(i,)) for i in range(4)]
    for t in threads:
        t.start()
    h.wait_for(lambda: min(sent) > 100, "senders")
    end()
    for t in threads:
        t.join()
    assert {type(e) for e in errors} <= {ConnectionRefusedError, BrokenPipeError}, errors
    return sent


def test_sigterm():
    """To the last one."""
    with h.Sockd([h.unix("datagram")]) as s:
        sent = ends_beside_senders(s, lambda: s.signal(signal.SIGTERM))
        assert s.wait_exit() == 0
        assert s.counters()["datagram"].recorded == sum(sent), (s.counters(), sent)
        assert len(s.records()) == sum(sent)
        assert not os.path.lexists(s.path("datagram"))


def test_listener_goes():
    """The same when a reload removes it."""
    with h.Sockd([h.tcp(), h.unix("datagram")]) as s:
        sent = ends_beside_senders(s, lambda: s.reload([h.tcp()]))
        s.stop()
        assert len(s.records()) == sum(sent), (len(s.records()), sent)


def test_descriptors_are_closed():
    with bus.Bus() as b, h.Sockd([h.unix("datagram")], env=b.env) as s, s.local("datagram") as c:
        b.wait_owned()
        h.receipt_id(c.ask(LONG))
        before = sorted(s.descriptors())
        with open(s.config, encoding="utf-8") as f:
            for i in range(300):
                c.pass_descriptors(b"%d" % i + LONG, [f.fileno()] * (1 + i % 250))
                h.receipt_id(c.receive())
        assert sorted(s.descriptors()) == before
        row = row_of(b)
        assert row["descriptors_refused"] == 300 and row["recorded"] == 301, row
        s.stop()


def test_credentials_that_lie():
    """Only root can: it is the word of the kernel."""
    h.needs_all_users()
    with h.Sockd([h.unix("datagram", mode="0666", allow=["uid:1234", f"uid:{os.geteuid()}"])]) as s:
        with s.local("datagram") as c:
            c.socket.sendmsg([LONG], [(socket.SOL_SOCKET, socket.SCM_CREDENTIALS, LIE)])
            h.receipt_id(c.receive())
            assert s.records()[-1].peer == b"uid:1234/pid:1", s.records()
            h.receipt_id(c.ask(LONG))
            assert s.records()[-1].peer == c.name, s.records()
        os.chmod(s.dir, 0o711)
        _, printed = h.as_user(*OTHERS[0], 's = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n'
                               's.connect(sys.argv[1])\ntry:\n    s.sendmsg([b"x"], [(socket.SOL_SOCKET, '
                               'socket.SCM_CREDENTIALS, struct.pack("iII", 1, 0, 0))])\n'
                               'except PermissionError:\n    print("no")', s.path("datagram"))
        assert printed == b"no\n", printed
        s.stop()
        assert s.counters()["datagram"].received == 2


def test_never_reads():
    """Receipts that nobody reads are bounded, lost and counted; the messages are recorded. Once they are read, or the
    client has gone, there is room again."""
    n = 20000
    with bus.Bus() as b, h.Sockd([h.unix("datagram")], env=b.env) as s, s.local("datagram") as rude:
        b.wait_owned()
        for i in range(n):
            rude.send(LONG + b"%d" % i)
        h.wait_for(lambda: row_of(b)["recorded"] == n, "all of them")
        row = row_of(b)
        assert 0 < row["unanswerable"] < n, row
        n_receipts = 0
        while not rude.silent():
            h.receipt_id(rude.receive())
            n_receipts += 1
        assert n_receipts + row["unanswerable"] == n and n_receipts < 1000, (n_receipts, row)
        with s.local("datagram") as polite:
            h.receipt_id(polite.ask(LONG))
        if not h.SANITIZED:
            assert s.memory_peak() < 160 << 20, s.memory_peak()
        s.stop()


def test_vanishes():
    """Whoever has gone when the receipt is ready is counted."""
    with bus.Bus() as b, h.Sockd([h.unix("datagram")], env=b.env) as s:
        b.wait_owned()
        for _ in range(50):
            with s.local("datagram") as c:
                c.send(LONG)
        with s.local("datagram") as c:
            h.receipt_id(c.ask(LONG))
        assert row_of(b)["recorded"] == 51
        s.stop()


def test_message_rate():
    """What is too fast is refused, as over UDP."""
    with h.Sockd([h.unix("datagram")], top="limits = { message_rate_per_peer = 10; };") as s:
        with s.local("datagram") as c:
            for i in range(1000):
                c.send(b"%d" % i)
        s.stop()
        counters = s.counters()["datagram"]
        assert counters.received == 1000 and counters.refused > 0, counters


def test_empty_and_line_ends():
    with h.Sockd([h.unix("datagram")]) as s, s.local("datagram") as c:
        for i, (sent, expected) in enumerate([(b"", b""), (b"a\n", b"a"), (b"a\n\n", b"a\n"), (b"\0", b"")]):
            c.send(sent)
            assert bytes(s.wait_records(i + 1)[i]) == expected
        s.stop()


def test_foreign_senders():
    """logger has no name, and needs no answer."""
    with h.Sockd([h.unix("datagram")]) as s:
        h.subprocess.run([h.tool("logger"), "-u", s.path("datagram"), "-t", "test", "hello from logger"], check=True)
        h.subprocess.run([h.tool("socat"), "-", f"UNIX-SENDTO:{s.path('datagram')}"], input=b"socat", check=True)
        found = [bytes(r) for r in s.wait_records(2)]
        assert b"hello from logger" in found[0] and found[1] == b"socat", found
        s.stop()


if __name__ == "__main__":
    h.main()
