#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A UDP client sends faster than a tiny receive buffer takes: what was sent is exactly what was
recorded plus what the kernel dropped, and sockd knows both numbers."""

import harness as h


def test_account():
    n = 100000
    with h.Sockd([h.udp(reply="", receive_buffer=4096)]) as s, s.datagrams() as c:
        for i in range(n):
            c.send(b"datagram %d" % i)
        # The kernel tells its drops with the next datagram it delivers.
        s.stop()
        counters = s.counters()["udp"]
        found = s.records()
        assert counters.recorded == len(found)
        assert counters.recorded + counters.lost == n, counters
        numbers = [int(r.text.split(b" ")[1]) for r in found]
        assert numbers == sorted(numbers), "order of one peer"


def test_large_buffer_loses_nothing():
    n = 2000
    with h.Sockd([h.udp(reply="")]) as s, s.datagrams() as c:
        for i in range(n):
            c.send(b"%d" % i)
        s.stop()
        assert [int(r.text) for r in s.records()] == list(range(n))
        assert s.counters()["udp"].lost == 0


if __name__ == "__main__":
    h.main()
