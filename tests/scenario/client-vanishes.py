#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A TCP client disappears in the middle of a line, by FIN, by RST, or with unread receipts: what
arrived is recorded, and the daemon serves the next client as before."""

import harness as h


def test_fin():
    with h.Sockd([h.tcp(message_timeout=0)]) as s:
        c = s.connect()
        c.send(b"whole\nhalf a li").close()
        assert [bytes(r) for r in s.wait_records(2)] == [b"whole", b"half a li"]
        s.stop()


def test_reset():
    with h.Sockd([h.tcp(message_timeout=0)]) as s:
        c = s.connect()
        c.send(b"whole\n").receipts(1)
        c.send(b"next\nhalf a li").receipts(1)  # so the half has been read too
        c.reset()
        assert [bytes(r) for r in s.wait_records(3)] == [b"whole", b"next", b"half a li"]
        with s.connect() as other:
            other.send(b"still here\n").receipts(1)
        s.stop()
        assert s.counters()["tcp"].received == 4


def test_reset_with_receipts_unread():
    with h.Sockd() as s:
        for _ in range(20):
            c = s.connect()
            c.send(b"message\n" * 100)
            c.reset()
        with s.connect() as other:
            other.send(b"still here\n").receipts(1)
        s.stop()


def test_input_before_the_end_is_kept():
    """A client sends a lot and closes, and so resets the connection when its first receipt arrives: what the kernel
    had received is recorded."""
    n = 100000
    with h.Sockd([h.tcp(receive_buffer=8 << 20)]) as s:
        with s.connect() as c:
            c.socket.sendall(b"before the end\n" * n)
        h.wait_for(lambda: len(s.records()) == n, f"{n} records")
        s.stop()
        c = s.counters()["tcp"]
        assert (c.received, c.recorded) == (n, n), c


if __name__ == "__main__":
    h.main()
