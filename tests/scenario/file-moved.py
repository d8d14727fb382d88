#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The file is moved away or removed while sockd holds it, with no signal: soon a new one
is there, and no receipt is given for a message that stands in no file with a name."""

import os

import harness as h


def test_moved():
    with h.Sockd() as s, s.connect() as c:
        c.send(b"before\n").receipts(1)
        os.rename(s.log, s.log + ".1")
        h.wait_for(lambda: os.path.exists(s.log), "a new file")
        c.send(b"after\n").receipts(1)
        assert [bytes(r) for r in s.records()] == [b"after"]
        assert bytes(s.records(s.log + ".1")[0]) == b"before"
        s.stop()


def test_removed():
    with h.Sockd() as s, s.connect() as c:
        c.send(b"before\n").receipts(1)
        os.unlink(s.log)
        (receipt,) = c.send(b"right after\n").receipts(1)
        assert [r.id for r in s.records()] == [receipt]
        s.stop()


def test_removed_under_load():
    with h.Sockd() as s, s.connect() as c:
        for i in range(50):
            with h.contextlib.suppress(FileNotFoundError):
                os.unlink(s.log)
            ids = c.send(b"message\n" * 20).receipts(20)
            assert set(ids) <= {r.id for r in s.records()}, i
        s.stop()
        assert s.counters()["tcp"].recorded == 1000


if __name__ == "__main__":
    h.main()
