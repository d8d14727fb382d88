#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Outputs are the journal and a file, and journald is not running; clients get durable receipts as
if nothing were wrong, and what the journal missed is counted. When journald appears, it gets
records without a restart. With the journal as the only output there is no "ok"."""

import contextlib

import harness as h

h.in_namespace()


def test_file_clients_are_served():
    with h.Sockd(outputs=[h.journal(), h.file()]) as s, s.connect() as c:
        c.send(b"message\n" * 1000)
        assert c.receipts(1000) == [r.id for r in s.records()]
        s.stop()
        account = s.outputs()
        assert account["journal"].recorded == 0
        assert account["journal"].dropped + account["journal"].failed == 1000, account
        assert s.counters()["tcp"].recorded == 1000


def test_journald_comes_later():
    with h.Sockd(outputs=[h.journal(), h.file()]) as s, s.connect() as c:
        c.send(b"nobody there\n").receipts(1)
        journald = h.Journald()
        journald.socket.settimeout(0.2)
        receipts, got = [], None
        # A separate thread writes to the journal: the first to arrive may be an earlier message or one of the last.
        while got not in receipts and len(receipts) < 100:
            receipts += c.send(b"try %d\n" % len(receipts)).receipts(1)
            with contextlib.suppress(TimeoutError):
                got = journald.entry()[b"SOCKD_ID"]
        assert got in receipts
        journald.close()
        s.stop()


def test_no_ok_from_a_journal_that_is_not_there():
    with h.Sockd(outputs=[h.journal()]) as s, s.connect() as c:
        assert h.ERROR.fullmatch(c.send(b"message\n").line())
        s.stop()
        assert s.counters()["tcp"].failed == 1


if __name__ == "__main__":
    h.main()
