# SPDX-License-Identifier: MIT
"""The log directory is on a file system that is not an ordinary local disk."""

import fcntl
import os
import subprocess

import disks

NO_LOCK = "its file system cannot lock it"
FULL = b"No space left on device"


def _is_locked(path):
    with open(path, "rb") as f:
        try:
            fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _compress(r):
    """Rotates under load, and compresses at once."""
    r.rotate()
    with subprocess.Popen(["gzip", "-1", f"{r.log}.{r.n_rotations - 1}"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as gzip:
        r.run(lambda: gzip.poll() is not None, "the end of gzip")
    r.run(lambda: os.path.exists(r.log), "a new file")


def _rotate_at_rest(r):
    """How long it takes to notice when nothing is written."""
    r.clients.settle()
    begin = r.now()
    r.rotate()
    r.run(lambda: os.path.exists(r.log), "a new file")
    return r.now() - begin


def _ride(r, disk):
    """The lock, rotations, a kill and a full disk: no receipt is wrong."""
    r.configure(level="durable", kind="text")
    r.launch(100)
    assert _is_locked(r.log)
    assert NO_LOCK not in r.daemon.stderr
    for _ in range(3):
        _compress(r)
        r.run_for(100)
    noticed = _rotate_at_rest(r)
    r.run_for(100)
    assert r.clients.n_error == 0, r.clients.reasons

    r.reach_work()
    r.kill()
    r.clients.disconnect()
    r.start()
    r.connect()
    r.run_for(100)

    disk.fill()
    r.suffer(b"not stored: " + FULL, 20)
    disk.free()
    recovery = r.wait_ok()
    result = r.finish()[1]
    r.expect_reasons(FULL)
    return {**r.figures(result, recovery), "to notice a move": noticed}


def tmpfs(round_):
    return _ride(round_, disks.Tmpfs(round_, size="64m", inodes=1000))


def overlay(round_):
    return _ride(round_, disks.Overlay(round_))


def btrfs(round_):
    return _ride(round_, disks.Btrfs(round_))


def fuse(round_):
    return _ride(round_, disks.Bindfs(round_))


def nfs(round_):
    return _ride(round_, disks.Nfs(round_))


def no_locks(round_):
    """flock fails as on NFS without its lock service, or on FUSE: one warning, and nothing else is different."""
    r = round_
    r.injector.set("flock", "ENOLCK", "EOPNOTSUPP", "ENOSYS")
    r.configure(level="durable")
    r.launch(100)
    for _ in range(3):
        _compress(r)
    assert r.daemon.stderr.count(NO_LOCK) == 1, r.daemon.stderr
    assert not _is_locked(r.log)
    r.clients.settle()
    r.clients.disconnect()
    daemon = r.stop()
    result = r.check()
    assert r.clients.n_error == 0, r.clients.reasons
    assert daemon.stderr.count(NO_LOCK) == 1
    return r.figures(result)
