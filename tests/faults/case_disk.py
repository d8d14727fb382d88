# SPDX-License-Identifier: MIT
"""A file cannot be written: no space, no inodes, a size limit, a quota, a broken disk."""

import os
import resource

from disks import FailingDisk, Tmpfs

FULL, LARGE, QUOTA, BROKEN = (b"not stored: " + x for x in (b"No space left on device", b"File too large",
                                                            b"Disk quota exceeded", b"Input/output error"))


def _ride(r, begin, end, reason):
    """The fault appears under load and disappears: errors with that REASON and true receipts, then recovery."""
    r.launch(r.rng.randrange(1, 500))
    begin()
    r.suffer(reason, r.rng.randrange(1, 200))
    end()
    recovery = r.wait_ok()
    r.run_for(r.rng.randrange(1, 500))
    daemon, result = r.finish()
    assert set(r.clients.reasons) == {reason}, r.clients.reasons
    r.expect_episode(daemon, r.log, r.clients.n_error)
    return r.figures(result, recovery)


def full(round_):
    """The disk fills up, then has room again. The journal gets every message in the meantime."""
    r = round_
    disk = Tmpfs(r)
    journal = r.journald()
    r.configure(outputs=[r.JOURNAL], udp=False)
    seen = []

    def begin():
        disk.fill(r.rng.randrange(100000))
        seen.append(journal.n)

    def end():
        r.run(lambda: journal.n > seen[0], "entries of the journal meanwhile")
        disk.free()

    return _ride(r, begin, end, FULL)


def inodes(round_):
    """There is no inode for the new file after a rotation: the old one, though moved, still takes the messages."""
    r = round_
    disk = Tmpfs(r, size="512m")
    r.configure()
    r.launch(100)
    disk.use_inodes()
    os.rename(r.log, r.log + ".1")
    r.daemon.wait_line("continuing with the file that was moved: No space left on device")
    r.run_for(200)
    assert not os.path.exists(r.log)
    disk.free()
    r.run(lambda: os.path.exists(r.log), "a new file")
    recovery = r.wait_ok()
    _, result = r.finish()
    assert r.clients.n_error == 0, r.clients.reasons
    return r.figures(result, recovery)


def file_size(round_):
    """RLIMIT_FSIZE."""
    r = round_
    r.configure()

    def limit(n):
        resource.prlimit(r.daemon.pid, resource.RLIMIT_FSIZE, (n, resource.RLIM_INFINITY))

    return _ride(r, lambda: limit(os.stat(r.log).st_size + r.rng.randrange(50000)),
                 lambda: limit(resource.RLIM_INFINITY), LARGE)


def quota(round_):
    """EDQUOT."""
    r = round_
    r.configure()

    def begin():
        r.injector.set("write", "EDQUOT")
        r.injector.set("fallocate", "EDQUOT", "EOPNOTSUPP")

    def end():
        r.run(lambda: r.injector.hits("fallocate") >= 2, "looks for room")
        r.injector.clear()

    return _ride(r, begin, end, QUOTA)


def write_error(round_):
    """write(2) fails with EIO, always or now and then."""
    r = round_
    r.configure()
    chance = r.rng.choice((1.0, 0.5, 0.05))
    return _ride(r, lambda: r.injector.set("write", "EIO", chance=chance), lambda: r.injector.clear("write"), BROKEN)


def half_lines(round_):
    """Writes stop half-way and then fail; the partial line cannot be removed, or only later."""
    r = round_
    r.configure()
    r.start()
    r.connect()
    for calls in ((), ("ftruncate",), ("ftruncate", "pread"), ("ftruncate", "fstat")) * r.pick(2, 5):
        r.injector.set("write", "EIO", "ENOSPC", partial=True, chance=r.rng.choice((0.3, 0.9)))
        for call in calls:
            r.injector.set(call, "EIO", chance=r.rng.choice((0.3, 0.6)))
        r.run_for(r.rng.randrange(1, 200))
        recovery = r.recover()
    _, result = r.finish()
    return r.figures(result, recovery)


def broken_disk(round_):
    """A device that really returns EIO: flushing fails, for the next file too, until the device works again."""
    r = round_
    disk = FailingDisk(r)
    r.configure(level="durable")
    return _ride(r, disk.broken, disk.mended, BROKEN)
