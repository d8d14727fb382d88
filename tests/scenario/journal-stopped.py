#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Outputs are the journal and a file, and journald runs but reads nothing; clients send more than
its queue takes and get all their durable receipts. Records the journal cannot take are dropped and
counted; this is logged once when it begins and once when it ends."""

import contextlib
import threading

import harness as h

h.in_namespace()

BEGIN = "output journal: cannot keep up, records are dropped"


def send(c, n):
    # In steps, because this client does not read while it sends.
    for _ in range(0, n, 1000):
        c.send(b"message\n" * 1000).receipts(1000)


def told_of_the_journal(s):
    """The log lines about its faults; the counters logged at the end do not count."""
    return [line for line in s.stderr.splitlines()
            if line.startswith("output journal: ") and not h.OUTPUT_SUMMARY.search(line)]


def test_file_clients_are_served():
    n = 200000
    journald = h.Journald(receive_buffer=4096)
    with h.Sockd(outputs=[h.journal(), h.file()]) as s, s.connect() as c:
        send(c, n)
        assert h.count_lines(s.log) == n
        s.stop()
        account = s.outputs()
        assert account[s.log].recorded == n
        assert account["journal"].recorded < n
        assert sum(account["journal"]) == n, account
        assert s.counters()["tcp"].recorded == n
        # The journal never caught up, and records still waiting at the end are given up.
        dropping, failing = told_of_the_journal(s)
        assert dropping == BEGIN and "cannot send to it" in failing, (dropping, failing)
    journald.close()


def read_all(journald):
    with contextlib.suppress(TimeoutError):
        while True:
            journald.entry()


def test_journald_goes_on():
    journald = h.Journald(receive_buffer=4096)
    journald.socket.settimeout(1)
    with h.Sockd(outputs=[h.journal(), h.file()]) as s, s.connect() as c:
        send(c, 200000)
        s.wait_line("output journal: cannot keep up")
        reader = threading.Thread(target=read_all, args=(journald,))
        reader.start()
        dropped = int(s.wait_line(r"output journal: keeps up again, (\d+) records").group(1))
        reader.join()
        assert dropped > 0
        s.stop()
        assert dropped == s.outputs()["journal"].dropped
        assert told_of_the_journal(s) == [BEGIN, f"output journal: keeps up again, {dropped} records were dropped"]
    journald.close()


if __name__ == "__main__":
    h.main()
