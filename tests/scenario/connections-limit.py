#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""limits.connections is 3 and four TCP clients connect: the fourth is not closed; it waits in the
kernel's queue until one of the others has gone, and then is served."""

import harness as h


def test_the_fourth_waits():
    with h.Sockd(top="limits = { connections = 3; };") as s:
        first = [s.connect() for _ in range(3)]
        for c in first:
            c.send(b"one of three\n").receipts(1)
        with s.connect() as fourth:
            fourth.send(b"fourth\n")
            # The others are still served, and meanwhile the fourth stays in the queue.
            for _ in range(20):
                for c in first:
                    c.send(b"again\n").receipts(1)
            assert s.backlog() == 1
            first.pop().close()
            fourth.receipts(1)
            assert bytes(s.records()[-1]) == b"fourth"
        for c in first:
            c.close()
        s.stop()
        assert s.counters()["tcp"].refused == 0


def test_one_listener_after_another():
    """The limit is for all listeners together."""
    with h.Sockd([h.tcp(name="a"), h.tcp(name="b")], top="limits = { connections = 1; };") as s:
        with s.connect("a") as a:
            a.send(b"first\n").receipts(1)
            b = s.connect("b").send(b"second\n")
            a.send(b"still first\n").receipts(1)
            assert s.backlog("b") == 1
        b.receipts(1)
        b.close()
        s.stop()


if __name__ == "__main__":
    h.main()
