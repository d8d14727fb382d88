#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A second sockd is started on the same file: it does not write to it and answers "error", while
the first continues; when the first has stopped, the second takes over."""

import harness as h


def test_two_daemons():
    with h.Sockd() as first, first.connect() as c:
        with h.Sockd(outputs=[h.file(path=first.log)]) as second, second.connect() as d:
            second.wait_line(r"messages\.log")
            assert d.send(b"second\n").line().startswith(b"error ")
            c.send(b"first\n").receipts(1)
            assert [bytes(r) for r in first.records()] == [b"first"]
            first.stop()
            h.wait_for(lambda: h.RECEIPT.fullmatch(d.send(b"taken over\n").line()), "a receipt from the second")
            second.stop()


if __name__ == "__main__":
    h.main()
