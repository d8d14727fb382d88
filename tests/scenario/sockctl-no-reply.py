#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A user sends with -n: sockctl does not wait for receipts and prints none, yet nothing it sent is
lost, although the server sends receipts that are not read."""

import harness as h
import servers

FOREVER = "3600"  # a test would not survive it
LINES = b"".join(b"line %d\n" % i for i in range(100000))


def test_everything_arrives():
    with servers.Server(servers.answer_lines) as s:
        assert servers.send(s, "-n", stdin=LINES) == (0, b"", "")
        assert s.one() == LINES


def test_everything_is_recorded():
    with h.Sockd() as s:
        r = servers.sockctl("send", "-n", "-p", str(s.port()), stdin=LINES)
        assert r == (0, b"", ""), r
        assert len(s.wait_records(100000)) == 100000
        s.stop()


def test_server_that_starts_late():
    """The server still reads long after sockctl has exited, and no reset discarded what was sent."""
    def serve(c):
        assert s.released.wait(h.DEADLINE)
        return servers.read_all(c)
    with servers.Server(serve) as s:
        assert servers.send(s, "-n", "hello") == (0, b"", "")
        s.released.set()
        assert s.one() == b"hello\n"


def test_does_not_wait():
    for serve in (lambda c: s.hold(c), lambda c: (c.sendall(b"ok\n"), s.hold(c))):
        with servers.Server(serve) as s:
            assert servers.send(s, "-n", "-w", FOREVER, "hello") == (0, b"", "")
    with servers.DatagramServer(lambda data: []) as s:
        assert servers.send(s, "-u", "-n", "-w", FOREVER, stdin=b"a\nb\n") == (0, b"", "")
        h.wait_for(lambda: s.received == [b"a", b"b"], "both datagrams")


def test_server_that_never_sends():
    """The server may even have shut down its own writing."""
    def serve(c):
        c.shutdown(1)
        return servers.read_all(c)
    with servers.Server(serve) as s:
        assert servers.send(s, "-n", stdin=LINES) == (0, b"", "")
        assert s.one() == LINES


def test_server_that_breaks_off():
    def serve(c):
        c.recv(4096)
        servers.reset(c)
    with servers.Server(serve) as s:
        r = servers.send(s, "-n", stdin=b"x" * (32 << 20))
        assert r.code == 1 and "closed" in r.err, r


if __name__ == "__main__":
    h.main()
