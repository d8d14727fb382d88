#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A TCP client writes many lines, shuts down writing at once and then reads: it gets every receipt,
in order, and then EOF."""

import harness as h


def test_all_receipts():
    n = 20000
    with h.Sockd() as s, s.connect() as c:
        c.send(b"".join(b"line %d\n" % i for i in range(n))).finish()
        ids = h.ids_of(c.rest())
        found = s.records()
        assert len(ids) == n
        assert [r.id for r in found] == ids
        assert [bytes(r) for r in found] == [b"line %d" % i for i in range(n)]
        s.stop()


if __name__ == "__main__":
    h.main()
