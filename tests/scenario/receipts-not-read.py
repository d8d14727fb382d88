#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Clients send truncated and whole messages in turn, so that each needs a different receipt, and
never read one; the disk is slow as well. Pending receipts stay within their share of limits.memory,
and everything is recorded, without receipts once that share is full."""

import bus
import harness as h

LIMIT = 4 << 20
TOP = f"limits = {{ memory = {LIMIT}; message_size = 1; }};"


CHUNK = b"aa\nb\n" * 20000


def flood(b, s, n, size):
    """N clients, each until it has sent SIZE bytes or nobody reads what it sends; returns them."""
    clients = [s.connect(receive_buffer=4096) for _ in range(n)]
    left = {c: size for c in clients}
    for c in clients:
        c.socket.setblocking(False)

    def send():
        taken = 0
        for c in [c for c, n in left.items() if n > 0]:
            try:
                n = c.socket.send(CHUNK)
            except BlockingIOError:
                continue
            left[c] -= n
            taken += n
        return taken == 0
    b.wait_full(send, "sockd to read no more")
    return clients


def read_all(s, clients):
    """A stop waits for 10 s only, and a slow machine needs longer for all this."""
    h.wait_for(lambda: all(map(s.has_read_all, clients)), "sockd to read all that was sent")


def check(s, clients):
    if not h.SANITIZED:
        assert s.memory_peak() < LIMIT + (16 << 20), f"{s.memory_peak()} bytes of memory"
    for c in clients:
        c.close()
    s.stop()


def test_never_read():
    with bus.Bus() as b, h.Sockd(top=TOP, env=b.env) as s:
        b.wait_owned()
        clients = [s.connect(receive_buffer=4096) for _ in range(4)]
        for c in clients * 4:
            c.send(CHUNK)
        s.wait_line("does not read its receipts, which fill their share of limits.memory, recording its messages")
        with s.connect() as polite:
            polite.send(b"p\n").receipts(1)
        read_all(s, clients)
        (row,) = b.rows("listeners")
        assert 0 < row["streams_unanswered"] <= 4 and row["resets_unread"] == 0, row
        check(s, clients)
        c = s.counters()["tcp"]
        assert c.failed == 0 and c.received == c.recorded == 16 * 40000 + 1, c


def test_slow_disk():
    with bus.Bus() as b, h.Sockd(top=TOP, **h.delayed("fdatasync", env=b.env)) as s:
        b.wait_owned()
        clients = flood(b, s, 20, 1 << 18)
        n = h.count_lines(s.log)
        s.release()
        h.wait_for(lambda: h.count_lines(s.log) > n, "what the slow flush held up")
        read_all(s, clients)
        check(s, clients)


if __name__ == "__main__":
    h.main()
