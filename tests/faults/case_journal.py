# SPDX-License-Identifier: MIT
"""journald hangs, dies or is not running: receipts for files are not affected; what the journal
missed is counted."""



import harness as h
from journald import Journald


def _p99(messages):
    times = sorted(m.told - m.sent for m in messages)
    return times[int(len(times) * 0.99)] if times else 0.0


def _ride(r, break_):
    limit = 8 << 20
    journal = r.journald()
    r.configure(outputs=[r.JOURNAL], top=f"limits = {{ memory = {limit}; }};", udp=False)
    r.start(env={"WATCHDOG_USEC": "2000000"})
    r.connect(windows=(1, 16))
    r.run_for(500)
    before = _p99([m for m in r.clients.messages() if m.fate])
    mark = r.now()
    break_(journal)
    r.run_for(r.pick(3000, 30000))
    during = _p99([m for m in r.clients.messages() if m.fate and m.sent > mark])
    journal.live()
    n = journal.n
    r.run(lambda: journal.n > n, "an entry")
    daemon, result = r.finish()
    assert r.clients.n_error == 0, r.clients.reasons
    assert "no longer notifying the watchdog" not in daemon.stderr
    assert r.memory_peak < limit + (16 << 20), f"{r.memory_peak} bytes of memory"
    account = daemon.outputs()["journal"]
    assert sum(account) == result.n_lines, f"{account}, but {result.n_lines} records"
    return {**r.figures(result), "not in the journal": account.dropped + account.failed, "p99 ratio": during / before}


def hangs(round_):
    """SIGSTOP, then SIGCONT."""
    return _ride(round_, Journald.hang)


def dies(round_):
    """SIGKILL, then started again."""
    return _ride(round_, Journald.die)


def absent(round_):
    """Not running at first, started later."""
    return _ride(round_, Journald.go)


def waited_for(round_):
    """The journal is the only output and hangs: receipts wait for it, and arrive."""
    r = round_
    journal = r.journald()
    r.configure(level="written", only=h.journal(when_full="wait"), udp=False)
    r.launch(200)
    journal.hang()
    # Until nothing moves: the queues are full.
    r.stall()
    journal.live()
    r.run_for(500)
    r.clients.settle()
    r.clients.disconnect()
    n = r.clients.n_ok
    r.stop()
    h.wait_for(lambda: journal.n >= n, f"{n} entries")
    assert r.clients.n_error == 0, r.clients.reasons
    return {"receipts": n, "missing": n - journal.n}
