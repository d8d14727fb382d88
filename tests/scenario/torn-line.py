#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A file ends in an incomplete line, as after a crash: on opening it, sockd truncates it to its
last whole line, with a warning that names file and bytes, and appends after it."""

import harness as h


def test_torn_line():
    with h.Sockd() as s, s.connect() as c:
        c.send(b"one\ntwo\n").receipts(2)
        s.stop()
        before = h.lines_of(s.log)
        with open(s.log, "ab") as f:
            f.write(b"2026-11-22T10:34:00.123456Z tcp 127.0.0.1:1 torn-0 half a mess")
        with h.Sockd(text=open(s.config, encoding="utf-8").read(), directory=s.dir) as again:
            with again.connect() as d:
                d.send(b"three\n").receipts(1)
            assert h.re.search(r"messages\.log.*\b62\b", again.stderr), again.stderr
            assert h.lines_of(s.log)[:2] == before
            assert [bytes(r) for r in again.records()] == [b"one", b"two", b"three"]
            again.stop()


if __name__ == "__main__":
    h.main()
