#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Clients send truncated and whole messages in turn, so that each needs a different receipt, and
never read one; the disk is slow as well. Pending receipts stay within their share of limits.memory,
and everything is recorded."""

import bus
import harness as h

LIMIT = 4 << 20
TOP = f"limits = {{ memory = {LIMIT}; message_size = 1; }};"


def flood(b, s, n, size):
    """N clients, each until it has sent SIZE bytes, is closed, or nobody reads what it sends; returns them."""
    clients = [s.connect(receive_buffer=4096) for _ in range(n)]
    chunk = b"aa\nb\n" * 20000
    left = {c: size for c in clients}
    for c in clients:
        c.socket.setblocking(False)

    def send():
        taken = 0
        for c in [c for c, n in left.items() if n > 0]:
            try:
                n = c.socket.send(chunk)
            except BlockingIOError:
                continue
            except ConnectionError:
                n = left[c]
            left[c] -= n
            taken += n
        return taken == 0
    b.wait_full(send, "sockd to read no more")
    return clients


def check(s, clients):
    if not h.SANITIZED:
        assert s.memory_peak() < LIMIT + (16 << 20), f"{s.memory_peak()} bytes of memory"
    for c in clients:
        c.close()
    s.stop()


def test_never_read():
    with bus.Bus() as b, h.Sockd(top=TOP, env=b.env) as s:
        b.wait_owned()
        clients = flood(b, s, 20, 4 << 20)
        s.wait_line("does not read its receipts, and unread receipts fill their share of limits.memory")
        with s.connect() as polite:
            polite.send(b"p\n").receipts(1)
        check(s, clients)
        assert s.counters()["tcp"].failed == 0


def test_slow_disk():
    with bus.Bus() as b, h.Sockd(top=TOP, **h.delayed("fdatasync", env=b.env)) as s:
        b.wait_owned()
        clients = flood(b, s, 20, 1 << 20)
        n = h.count_lines(s.log)
        s.release()
        h.wait_for(lambda: h.count_lines(s.log) > n, "what the slow flush held up")
        check(s, clients)


if __name__ == "__main__":
    h.main()
