#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The service manager expects watchdog notifications: it gets them while sockd serves, idles, or
waits for a slow disk or reader, and not while a thread hangs anywhere else."""

import select
import time

import harness as h

WATCHDOG_USEC = 800_000


def watched(*args, env=(), **keys):
    return h.Sockd(*args, env={"WATCHDOG_USEC": str(WATCHDOG_USEC), **dict(env)}, **keys)


def delayed(call):
    """A sockd with one system call that takes long. The tracer is nobody's child, so signals reach
    sockd itself; the leak check cannot work beside it."""
    prefix = [h.tool("strace"), "-DDD", "-f", "-qq", "-o", "/dev/null", f"--inject={call}"]
    options = h.os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    return watched(prefix=prefix, env={"ASAN_OPTIONS": options})


def told_that_it_lives(s, within):
    """Waits for it; False after so many seconds without."""
    end = time.monotonic() + within
    while (left := end - time.monotonic()) > 0 and select.select([s.notify], [], [], left)[0]:
        if "WATCHDOG=1" in s.told():
            return True
    return False


def times_told(s, n):
    for _ in range(n):
        assert told_that_it_lives(s, h.DEADLINE), "not told any more"


def test_idle_and_serving():
    with watched() as s, s.connect() as c:
        times_told(s, 4)
        c.send(b"x\n").receipts(1)
        times_told(s, 4)
        s.stop()


def test_slow_disk():
    with delayed("fdatasync:delay_enter=4s:when=2") as s, s.connect() as c:
        c.send(b"one\n").receipts(1)
        c.send(b"two\n")
        times_told(s, 12)
        c.receipts(1)
        s.stop()


def test_reader_that_does_not_read():
    with watched(outputs=[h.file(path="-")], stdout=h.subprocess.PIPE) as s, s.connect() as c:
        c.send(b"a message that fills the pipe\n" * 10000)
        times_told(s, 8)
        s.kill()
        s.process.stdout.close()


def test_worker_hangs():
    with delayed("recvfrom:delay_enter=20s:when=2") as s, s.connect() as c:
        c.send(b"one\n").receipts(1)
        times_told(s, 1)
        c.send(b"two\n")
        s.wait_line("a worker stands still, not feeding the watchdog any more")
        s.told()
        assert not told_that_it_lives(s, WATCHDOG_USEC / 1e6), "told although a worker hangs"
        s.kill()


if __name__ == "__main__":
    h.main()
