# SPDX-License-Identifier: MIT
"""fdatasync fails, or is slow."""

import glob


def fails(round_):
    """It fails once, several times or for a while, and discards the data it covered: that is stored again, in a new
    file, before it is acknowledged; the file of the failed flush is set aside and never flushed again."""
    r = round_
    r.configure(level="durable")
    r.launch(r.rng.randrange(1, 500))
    n = 0
    for _ in range(r.rng.choice((1, 2, 5))):
        if r.rng.random() < 0.5:
            r.rotate()
            r.daemon.signal(1)
        length = r.rng.choice((1, 1, 2, 5))
        first = r.rng.randrange(1, 50)
        r.injector.set("fdatasync", "EIO", partial=True, first=first, last=first + length - 1)
        if r.rng.random() < 0.3:
            r.injector.set("write", "EIO", chance=0.3)
        r.run(lambda f=first, k=length: r.injector.calls("fdatasync") >= f + k, "a flush after those that failed")
        n += r.injector.hits("fdatasync")
        recovery = r.recover()
    daemon, result = r.finish()
    aside = glob.glob(r.log + ".damaged-*")
    assert aside or "flush of the file that was moved failed" in daemon.stderr
    assert bool(aside) == ("flush failed, the file is now" in daemon.stderr)
    r.expect_reasons(b"Input/output error")
    return {"failed flushes": n, **r.figures(result, recovery)}


def fails_for_long(round_):
    """Every flush fails for seconds: errors, no pile of files, then recovery."""
    r = round_
    r.configure(level="durable")
    r.launch(100)
    r.injector.set("fdatasync", "EIO", partial=True)
    r.suffer(b"not stored: Input/output error", 50)
    recovery = r.recover()
    daemon, result = r.finish()
    n = len(glob.glob(r.log + ".damaged-*"))
    assert 1 <= n <= 3, f"{n} files were set aside"
    r.expect_episode(daemon, r.log)
    return r.figures(result, recovery)


def moved(round_):
    """Flushing the moved file fails: its messages are stored again, in the new file."""
    r = round_
    r.configure(level="durable")
    r.start()
    r.connect()
    for _ in range(5):
        r.injector.set("fdatasync", delay=0.03)
        r.run_for(50)
        r.rotate()
        r.injector.set("fdatasync", "EIO", partial=True, delay=0.03, first=2, last=r.rng.choice((2, 3, 5)))
        r.daemon.signal(1)
        r.run_for(50)
        recovery = r.recover()
    _, result = r.finish()
    return r.figures(result, recovery)


def stays(round_):
    """It fails, and the file cannot be renamed either: errors, until it can; the file is not touched in the
    meantime."""
    r = round_
    r.configure(level="durable")
    r.launch(100)
    r.injector.set("rename", "EIO", "EACCES")
    r.damage()
    r.run(lambda: "the file cannot be renamed" in r.daemon.stderr, "a line")
    r.run(lambda: r.injector.hits("rename") >= 3, "attempts to rename it")
    recovery = r.recover()
    daemon, result = r.finish()
    assert daemon.stderr.count("the file cannot be renamed") == 1
    return r.figures(result, recovery)


def slow(round_):
    """It takes 0.3 to 10 s: receipts wait, nothing fails, the watchdog is notified, memory stays within its limit."""
    r = round_
    limit = 8 << 20
    r.configure(level="durable", top=f"limits = {{ memory = {limit}; }};")
    r.launch(100, env={"WATCHDOG_USEC": "2000000"})
    delay = r.rng.choice(r.pick((0.3, 1.0), (0.3, 1.0, 3.0, 10.0)))
    first = r.rng.randrange(1, 20)
    r.injector.set("fdatasync", delay=delay, first=first, last=first + 1)
    r.run(lambda: r.injector.calls("fdatasync") > first + 2, "a flush after the slow ones", 60.0)
    daemon, result = r.finish()
    assert r.clients.n_error == 0, r.clients.reasons
    assert "no longer notifying the watchdog" not in daemon.stderr
    assert r.memory_peak < limit + (16 << 20), f"{r.memory_peak} bytes of memory"
    return {**r.figures(result), "MiB of memory": r.memory_peak / (1 << 20)}
