#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A file may not grow any more (RLIMIT_FSIZE) while clients keep sending: sockd survives, they get
"error ... File too large" and never an "ok" for what is not stored, and receipts again once the
limit is lifted. On most file systems (not on tmpfs) blocks can still be reserved, so every second
the file seems to work: it is logged once when this begins and once when it ends, however many
messages there were."""

import concurrent.futures
import contextlib
import re
import resource
import socket
import threading

import harness as h

LIMIT = 100_000


def limit(s, size):
    hard = resource.prlimit(s.pid, resource.RLIMIT_FSIZE)[1]
    resource.prlimit(s.pid, resource.RLIMIT_FSIZE, (hard if size is None else size, hard))


def told_of_the_file(s):
    """The log lines about its faults; the counters logged at the end do not count."""
    lines = [line for line in s.stderr.splitlines() if f"output {s.log}: " in line]
    return [line for line in lines if not h.OUTPUT_SUMMARY.search(line)]


def assert_told_once(s, failed):
    begin, end = told_of_the_file(s)
    assert "cannot write to it, its messages are not stored: File too large" in begin, begin
    assert f"works again, {failed} messages were not stored" in end, end


def fill(s, c):
    """Sends until the file has reached its limit: receipts and errors, as they arrived."""
    ok, errors = [], []
    while len(errors) < 5:
        line = c.send(b"y" * 3000 + b"\n").line()
        match = h.RECEIPT.fullmatch(line) or h.ERROR.fullmatch(line)
        assert match, line
        (ok if line.startswith(b"ok ") else errors).append(match)
    assert {m.group(2) for m in errors} == {b"File too large"}
    return [m.group(1) for m in ok], len(errors)


def test_receipts():
    with h.Sockd() as s, s.connect() as c:
        limit(s, LIMIT)
        ok, failed = fill(s, c)
        with open(s.log, "rb") as f:
            assert f.read().endswith(b"\n")
        limit(s, None)
        ok += c.send(b"room again\n" * 10).receipts(10)
        assert ok == [r.id for r in s.records()]
        s.wait_line("works again")
        assert c.send(b"one more\n").receipts(1)
        s.stop()
        assert s.counters()["tcp"].failed == failed
        assert_told_once(s, failed)


def send_silently(c):
    """Sends as long as its socket lasts; it may be held back all the time."""
    with contextlib.suppress(OSError):
        while True:
            c.send(b"y" * 3000 + b"\n")


def send_until(over, c):
    while not over.is_set():
        assert h.ERROR.fullmatch(c.send(b"y" * 3000 + b"\n").line())


@contextlib.contextmanager
def load(s):
    """One client without receipts and one with receipts, each busy until the block is left."""
    over = threading.Event()
    with s.connect("silent") as silent, s.connect() as c, concurrent.futures.ThreadPoolExecutor() as pool:
        clients = [pool.submit(send_silently, silent), pool.submit(send_until, over, c)]
        try:
            yield
        finally:
            over.set()
            silent.socket.shutdown(socket.SHUT_RDWR)
        for client in clients:
            client.result()


def test_under_load():
    """Clients without receipts are held back, and let in every second to see whether the file works."""
    with h.Sockd([h.tcp(), h.tcp(name="silent", reply="")]) as s, s.connect() as c:
        limit(s, LIMIT)
        fill(s, c)
        with load(s):
            s.told()
            for _ in range(2):
                s.wait_told(h.STATUS)  # each second
        assert len(told_of_the_file(s)) == 1, told_of_the_file(s)
        limit(s, None)
        c.send(b"room again\n").receipts(1)
        s.wait_line("works again")
        s.stop()
        assert_told_once(s, sum(n.failed for n in s.counters().values()))


def test_a_message_now_and_then():
    """In between nothing shows whether the file works."""
    with h.Sockd(env={"WATCHDOG_USEC": "1000000"}) as s, s.connect() as c:
        limit(s, LIMIT)
        _, failed = fill(s, c)
        s.told()
        for _ in range(6):
            s.wait_told("WATCHDOG=1")  # each quarter of a second
        assert h.ERROR.fullmatch(c.send(b"y" * 3000 + b"\n").line())
        limit(s, None)
        c.send(b"room again\n").receipts(1)
        s.stop()
        assert_told_once(s, failed + 1)


def test_limit_stays():
    with h.Sockd() as s, s.connect() as c:
        limit(s, LIMIT)
        _, failed = fill(s, c)
        s.stop()
        (line,) = told_of_the_file(s)
        assert re.search("cannot write to it", line)
        assert s.counters()["tcp"].failed == failed


if __name__ == "__main__":
    h.main()
