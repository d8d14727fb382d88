#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A TCP client sends messages as fast as it can and never reads a receipt: all of them are recorded, in bounded
memory, and other clients are served. On SIGTERM this client does not delay the exit for long. One that closes
although it has not read all receipts is told about."""

import bus
import harness as h

LINES = b"m\n" * 32768
ROUNDS = 20


def flood(s, **keys):
    """A client that has sent ROUNDS times LINES, all of which sockd has read."""
    c = s.connect(**keys)
    for _ in range(ROUNDS):
        c.send(LINES)
    h.wait_for(lambda: s.has_read_all(c), "sockd to read all that was sent")
    return c


def test_recorded():
    with h.Sockd() as s:
        rude = flood(s, receive_buffer=4096)
        if not h.SANITIZED:
            assert s.memory_peak() < 160 << 20, s.memory_peak()
        with s.connect() as polite:
            polite.send(b"still served\n").receipts(1)
        rude.close()
        s.stop()
        c = s.counters()["tcp"]
        assert c.received == c.recorded == ROUNDS * 32768 + 1, c


def test_kernel_memory():
    """What the kernel keeps for such a client is bounded, too: both queues of sockd's end."""
    with h.Sockd() as s:
        for _ in range(3):
            rude = flood(s)
            sent, received = h.queues(s.port(), rude.socket.getsockname()[1])
            assert 0 < sent <= 64 << 10 and received == 0, (sent, received)
            rude.close()
        s.stop()


def test_reset_unread():
    with bus.Bus() as b, h.Sockd(env=b.env) as s:
        b.wait_owned()
        rude = s.connect()
        rude.send(b"one\ntwo\n")
        h.wait_for(lambda: h.readable(rude.socket), "a receipt")
        rude.close()
        s.wait_line("closed the connection without reading all receipts, messages that were on their way are lost")
        with s.connect() as polite:
            polite.send(b"p\n").receipts(1)
        (row,) = b.rows("listeners")
        assert row["resets_unread"] == 1 and row["streams_unanswered"] == 0, row
        s.stop()


def test_sigterm():
    with h.Sockd() as s:
        rude = flood(s, receive_buffer=4096)
        s.signal(h.signal.SIGTERM)
        assert s.wait_exit() in (0, 1)
        c = s.counters()["tcp"]
        assert c.received == c.recorded == ROUNDS * 32768, c
        rude.close()


if __name__ == "__main__":
    h.main()
