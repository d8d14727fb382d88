#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Clients send truncated and whole messages in turn, so that each needs a different receipt, and
never read one; the disk is slow as well. Pending receipts stay within their share of limits.memory,
and everything is recorded."""

import harness as h

LIMIT = 4 << 20
TOP = f"limits = {{ memory = {LIMIT}; message_size = 1; }};"


def flood(s, n, size):
    """N clients, each sending until its socket takes no more or was closed; returns them."""
    clients = [s.connect(receive_buffer=4096) for _ in range(n)]
    chunk = b"aa\nb\n" * 20000
    left = {c: size for c in clients}
    for c in clients:
        c.socket.setblocking(False)
    while left:
        poll = h.select.poll()
        numbers = {c.socket.fileno(): c for c in left}
        for fd in numbers:
            poll.register(fd, h.select.POLLOUT)
        ready = poll.poll(1000)
        if not ready:
            break
        for fd, _ in ready:
            c = numbers[fd]
            try:
                left[c] -= c.socket.send(chunk)
            except BlockingIOError:
                continue
            except ConnectionError:
                left[c] = 0
            if left[c] <= 0:
                del left[c]
    return clients


def check(s, clients):
    if not h.SANITIZED:
        assert s.memory_peak() < LIMIT + (16 << 20), f"{s.memory_peak()} bytes of memory"
    for c in clients:
        c.close()
    s.stop()


def test_never_read():
    with h.Sockd(top=TOP) as s:
        clients = flood(s, 20, 4 << 20)
        s.wait_line("takes no receipts, and they fill their share of limits.memory")
        with s.connect() as polite:
            polite.send(b"p\n").receipts(1)
        check(s, clients)
        assert s.counters()["tcp"].failed == 0


def test_slow_disk():
    prefix = [h.tool("strace"), "-DDD", "-f", "-qq", "-o", "/dev/null", "--inject=fdatasync:delay_enter=2s:when=2"]
    options = h.os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"  # it cannot work beside strace
    with h.Sockd(top=TOP, prefix=prefix, env={"ASAN_OPTIONS": options}) as s:
        clients = flood(s, 20, 1 << 20)
        # Past the slow flush.
        h.wait_for(lambda: h.count_lines(s.log) > 10000, "records")
        check(s, clients)


if __name__ == "__main__":
    h.main()
