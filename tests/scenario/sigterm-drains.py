#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Clients have sent messages when SIGTERM arrives: everything sent before gets its receipt, then
EOF; unterminated data gets none and is not recorded; new connections are refused; the exit status
is 0."""

import signal

import harness as h


def test_everything_sent_before():
    n = 5000
    with h.Sockd([h.tcp(), h.udp(reply="")]) as s, s.datagrams() as d:
        clients = [s.connect() for _ in range(10)]
        for c in clients:
            c.send(b"here\n").receipts(1)
        for c in clients:
            c.send(b"message\n" * n)
        for _ in range(100):
            d.send(b"datagram")
        s.signal(signal.SIGTERM)
        ids = []
        for c in clients:
            got = h.ids_of(c.rest())
            assert len(got) == n, len(got)
            ids += got
        assert s.wait_exit() == 0
        found = s.records()
        assert set(ids) <= {r.id for r in found}
        assert sum(r.listener == b"udp" for r in found) == 100
        counters = s.counters()
        assert counters["tcp"].recorded == 10 * (n + 1) and counters["udp"].recorded == 100
        assert counters["tcp"].waiting == 0


def test_rest_is_not_recorded():
    with h.Sockd([h.tcp(message_timeout=0)]) as s, s.connect() as c:
        c.send(b"line\nhalf a li").receipts(1)
        s.signal(signal.SIGTERM)
        assert c.rest() == b""
        assert s.wait_exit() == 0
        assert [bytes(r) for r in s.records()] == [b"line"]
        assert s.counters()["tcp"].received == 1


def test_client_that_goes_on_sending():
    """It does not close and does not stop: it gets its receipts and then is closed."""
    with h.Sockd() as s, s.connect() as c:
        c.send(b"before\n").receipts(1)
        s.signal(signal.SIGTERM)
        poll = h.select.poll()
        poll.register(s.pidfd, h.select.POLLIN)
        end = h.time.monotonic() + h.DEADLINE
        while not poll.poll(1):
            assert h.time.monotonic() < end, "sockd does not end"
            try:
                c.socket.send(b"after\n")
            except OSError:
                pass
        assert s.wait_exit() == 0


def test_interrupt():
    with h.Sockd() as s, s.connect() as c:
        c.send(b"x\n").receipts(1)
        s.signal(signal.SIGINT)
        assert s.wait_exit() == 0


if __name__ == "__main__":
    h.main()
