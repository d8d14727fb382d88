# SPDX-License-Identifier: MIT
"""Any call fails at any time, with any error it may return."""

import re

import harness as h
from injector import FOR_EVER

# The errors of each call: those that Linux returns when resources are short or a signal arrives.
ERRORS = {
    "write": ("EINTR", "EAGAIN", "ENOSPC", "EIO"),
    "fdatasync": ("EINTR", "EIO", "ENOSPC", "EDQUOT"),
    "fsync": ("EIO",),
    "open": ("EMFILE", "ENFILE", "ENOMEM", "EINTR"),
    "ftruncate": ("EINTR", "EIO"),
    "fallocate": ("ENOSPC", "EINTR", "EOPNOTSUPP"),
    "rename": ("ENOSPC", "EIO"),
    "unlink": ("EIO",),
    "fstat": ("ENOMEM", "EIO"),
    "lstat": ("ENOMEM", "EACCES"),
    "pread": ("EIO", "EINTR"),
    "flock": ("ENOLCK", "EINTR"),
    "fchmod": ("EPERM",),
    "recv": ("EINTR", "EAGAIN", "ENOMEM", "ECONNRESET"),
    "recvmmsg": ("EINTR", "EAGAIN", "ENOMEM", "ENOBUFS"),
    "send": ("EINTR", "EAGAIN", "ENOBUFS", "ENOMEM"),
    "sendmsg": ("EINTR", "EAGAIN", "ENOBUFS", "EPERM"),
    "sendmmsg": ("EINTR", "EAGAIN", "ENOBUFS", "ECONNREFUSED"),
    "accept": ("EMFILE", "ENFILE", "ENOMEM", "ECONNABORTED"),
    "epoll_wait": ("EINTR",),
    "epoll_ctl": ("ENOMEM", "ENOSPC"),
    "socket": ("EMFILE", "ENOMEM"),
    "connect": ("EAGAIN", "ECONNREFUSED"),
    "memfd": ("EMFILE", "ENOMEM"),
    "poll": ("EINTR", "ENOMEM"),
    "allocate": ("ENOMEM",),
}
# Calls that may do less than requested.
PARTIAL = ("write", "recv", "recvmmsg", "send", "sendmmsg")


def spell(r):
    """Sets rules for some calls."""
    # Without memory there is no agreement on TLS, and so no answer to wait for.
    calls = sorted(call for call in ERRORS if not (r.tls and call == "allocate"))
    for call in r.rng.sample(calls, r.rng.randrange(1, 8)):
        if call in PARTIAL and r.rng.random() < 0.5:
            r.injector.set(call, partial=True, chance=r.rng.choice((1.0, 0.3)))
        else:
            r.injector.set(call, *ERRORS[call], chance=r.rng.choice((0.3, 0.05, 0.01)))


def endure(r, n):
    """Waits for N more answers, or until clients were disconnected and have reconnected. A file may be rotated."""
    goal = r.clients.n_answered + n
    while r.clients.n_answered < goal:
        r.clients.connect()
        r.clients.run(lambda: r.clients.n_answered >= goal or any(not m.socket for m in r.clients.members),
                      f"{n} more answers or a reset")


def random(round_):
    """Spells of random failures under load; everything acknowledged is there, and after each spell sockd recovers."""
    r = round_
    r.journald()
    r.configure(outputs=[r.JOURNAL])
    r.start()
    r.connect()
    for _ in range(5):
        spell(r)
        endure(r, r.rng.randrange(1, 400))
        if r.rng.random() < 0.3:
            r.rotate()
            endure(r, r.rng.randrange(1, 400))
        recovery = r.recover()
    _, result = r.finish()
    return r.figures(result, recovery, injected=r.injector.total, resets=r.clients.n_reset)


def _exercise(r):
    """A little of everything that the commit path does."""
    steps = [lambda: None, r.burst, r.rotate, r.remove, r.damage]
    # libconfig 1.5 does not check malloc's result, so the config is not read again where it may be NULL.
    if not r.injector.is_set("allocate"):
        steps.append(lambda: r.daemon.signal(1))
    for step in steps:
        step()
        endure(r, 20)


# The calls that opening a file makes, with errors that prevent it, and how often in a row.
OPENING = (("open", "ENFILE", 1), ("open", "EINTR", 9), ("flock", "ENOLCK", 1), ("fchmod", "EPERM", 1),
           ("fstat", "EIO", 1), ("pread", "EIO", 1), ("ftruncate", "EIO", 1), ("lstat", "ENOMEM", 1))


def opening(round_):
    """Each call that opens or repairs a file at start fails: errors first, then normal operation."""
    r = round_
    n = n_ok = 0
    for call, error, length in OPENING:
        number, hit = 0, True
        while hit:
            number += 1
            r.renew(udp=False)
            if call in ("pread", "ftruncate"):
                r.leave_half_a_line()
            r.injector.set(call, error, first=number, last=number + length - 1)
            r.start()
            hit = r.injector.hits(call) > 0
            r.connect(n=2)
            r.wait_ok()
            _, result = r.finish()
            n += hit
            n_ok += result.n_ok
    return {"failed calls": n, "receipts": n_ok, "missing": 0}


def starting(round_):
    """One allocation or another fails at start: sockd either exits with status 75 and says so, or runs."""
    r = round_
    r.renew(outputs=[r.JOURNAL, r.second_file()], udp=True)
    # libconfig 1.5 does not survive that, so allocations for reading the config are left out.
    r.injector.set("allocate", "ENOMEM", first=FOR_EVER)
    r.start(args=("--check",), wait=False)
    assert r.daemon.wait_exit() == 0
    number, n, started = r.injector.calls("allocate"), 0, 0
    hit = True
    while hit:
        number += 1
        r.leave_half_a_line()
        r.injector.set("allocate", "ENOMEM", first=number, last=number)
        lived = r.start_or_die()
        hit = r.injector.hits("allocate") > 0
        r.injector.clear()
        n += hit
        started += lived
        daemon = r.daemon
        if lived:
            daemon.stop()
        r.kill()
        assert daemon.process.returncode == (0 if lived else 75), daemon.stderr
        assert lived or re.search("memory|Resource temporarily unavailable", daemon.stderr), daemon.stderr
    return {"failed calls": n, "started all the same": started}


def no_memory(round_):
    """All allocations fail for a while, whatever else happens; receipts wait for the journal too."""
    r = round_
    r.journald()
    r.renew(outputs=[h.journal(when_full="wait")], udp=True, message_size=r.rng.choice((40, 65536)))
    r.start()
    r.connect(n=8)
    for chance in (1.0, 0.9, 0.6, 0.3):
        r.run_for(50)
        r.injector.set("allocate", "ENOMEM", chance=chance)
        r.injector.set("send", partial=True)
        if r.rng.random() < 0.5:
            r.damage()
        r.burst()
        # There may be few answers, so calls are counted.
        h.wait_for(lambda: r.injector.hits("allocate") >= 100 or not r.pump(), "calls to fail")
        recovery = r.recover()
    _, result = r.finish()
    return r.figures(result, recovery, resets=r.clients.n_reset)


def _survive(r, call, error, number):
    """The NUMBERth call of that kind fails, in one run of the daemon that ends cleanly. Returns whether there were
    that many calls, and the receipts."""
    r.renew(outputs=[r.JOURNAL, r.second_file()], udp=True, message_size=40)
    r.start()
    r.injector.set(call, error, first=number, last=number)
    r.connect(n=2, windows=(1, 30))
    _exercise(r)
    hit = r.injector.hits(call) > 0
    r.recover()
    _, result = r.finish(excuse=lambda m: m.sent <= r.removed)
    return hit, result.n_ok


def each(round_):
    """Every call of every kind fails, one per run of the daemon; everything acknowledged is there, and sockd
    recovers. The short tier takes the 1st, 2nd, 4th, 7th… call of all kinds but one."""
    r = round_
    r.journald()
    n = n_ok = 0
    for call, errors in ERRORS.items():
        for error in r.pick(errors[:1], errors):
            number, step, hit = 0, 1, True
            while hit:
                number, step = number + step, r.pick(0 if call == "allocate" else number, 0) + 1
                try:
                    hit, n_receipts = _survive(r, call, error, number)
                except Exception as e:
                    e.add_note(f"{error} for number {number} of {call}")
                    raise
                n += hit
                n_ok += n_receipts
    return {"failed calls": n, "receipts": n_ok, "missing": 0}
