#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The service manager expects watchdog notifications: it gets them while sockd serves, idles, or
waits for a slow disk or reader, and not while a thread hangs anywhere else."""

import signal

import harness as h

WATCHDOG_USEC = 800_000


def watched(*args, env=(), **keys):
    return h.Sockd(*args, env={"WATCHDOG_USEC": str(WATCHDOG_USEC), **dict(env)}, **keys)


def delayed(call):
    return watched(**h.delayed(call))


def times_told(s, n):
    for _ in range(n):
        s.wait_told("WATCHDOG=1")


def test_idle_and_serving():
    with watched() as s, s.connect() as c:
        times_told(s, 2)
        c.send(b"x\n").receipts(1)
        times_told(s, 2)
        s.stop()


def test_slow_disk():
    with delayed("fdatasync") as s, s.connect() as c:
        c.send(b"one\n")
        times_told(s, 6)
        assert c.silent(), "the disk still takes its time"
        s.release()
        c.receipts(1)
        s.stop()


def test_reader_that_does_not_read():
    with watched(outputs=[h.file(path="-")], stdout=h.subprocess.PIPE) as s, s.connect() as c:
        c.send(b"a message that fills the pipe\n" * 10000)
        times_told(s, 4)
        s.kill()
        s.process.stdout.close()


def status_after_reload(s, word):
    """All that it tells until its status says that this word in the config file is wrong."""
    s.write_config(h.config_text(top=f"{word} = 1;"))
    s.signal(signal.SIGHUP)
    told = []
    h.wait_for(lambda: told.extend(s.told()) or any(f"{word}: " in t for t in told), "its status")
    return told


def test_worker_hangs():
    with delayed("recvfrom:when=2") as s, s.connect() as c:
        c.send(b"one\n").receipts(1)
        times_told(s, 1)
        c.send(b"two\n")
        s.wait_line("a worker is stuck")
        # The status is told each second, and the watchdog would be fed more often.
        status_after_reload(s, "first")
        told = status_after_reload(s, "second")
        assert not any("WATCHDOG=1" in t for t in told), "told although a worker hangs"
        s.release()
        c.receipts(1)
        times_told(s, 2)
        s.stop()


if __name__ == "__main__":
    h.main()
