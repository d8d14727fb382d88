#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""logrotate moves the file and sends SIGHUP, while a client keeps writing: every message is in the
old file, in the new one, or in both if it was not acknowledged yet, and in no file twice."""

import os
import signal

import harness as h


def test_rotation():
    with h.Sockd() as s, s.connect() as c:
        ids = []
        for i in range(10):
            ids += c.send(b"message\n" * 100).receipts(100)
            os.rename(s.log, f"{s.log}.{i}")
            s.signal(signal.SIGHUP)
            c.send(b"message\n" * 100)
            h.wait_for(lambda: os.path.exists(s.log), "a new file")
            ids += c.receipts(100)
        found = [[r.id for r in s.records(path)] for path in [f"{s.log}.{i}" for i in range(10)] + [s.log]]
        assert all(len(there) == len(set(there)) for there in found)
        assert set().union(*found) == set(ids) and len(set(ids)) == 2000
        s.stop()


def test_nothing_moved():
    with h.Sockd() as s, s.connect() as c:
        c.send(b"one\n").receipts(1)
        s.signal(signal.SIGHUP)
        c.send(b"two\n").receipts(1)
        assert [bytes(r) for r in s.records()] == [b"one", b"two"]
        s.wait_line("^reloaded ")  # a stop does not wait for it
        s.stop()


if __name__ == "__main__":
    h.main()
