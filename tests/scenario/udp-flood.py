#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A UDP client sends faster than a tiny receive buffer takes: what was sent is exactly what was
recorded plus what the kernel dropped, and sockd knows both numbers. It is logged once when the
kernel begins to drop and once when it stops."""

import threading

import harness as h


def test_account():
    n = 100000
    with h.Sockd([h.udp(reply="", receive_buffer=4096)]) as s, s.datagrams() as c:
        for i in range(n):
            c.send(b"datagram %d" % i)
        # The kernel reports drops with the next datagram it delivers.
        s.stop()
        counters = s.counters()["udp"]
        found = s.records()
        assert counters.recorded == len(found)
        assert counters.recorded + counters.lost == n, counters
        numbers = [int(r.text.split(b" ")[1]) for r in found]
        assert numbers == sorted(numbers), "order of one peer"
        assert_told(s, counters.lost)


def assert_told(s, lost):
    begin, end = [line for line in s.stderr.splitlines() if "the kernel " in line]
    assert begin == "listener udp: the kernel drops datagrams because the receive buffer is full", begin
    assert end == f"listener udp: the kernel has stopped dropping datagrams, {lost} were lost", end


def test_told_while_it_lasts():
    """Two sockets lose some, now and then, each served by a worker of its own."""
    with h.Sockd([h.udp(reply="", receive_buffer=4096, address="*")], top="workers = 2;") as s:
        over = threading.Event()

        def flood(family):
            with h.Datagrams(s.address("udp", family)) as c:
                while not over.is_set():
                    c.send(b"x" * 1000)

        families = (h.socket.AF_INET, h.socket.AF_INET6)
        floods = [threading.Thread(target=flood, args=(f,)) for f in families]
        for t in floods:
            t.start()
        s.wait_line("the kernel drops datagrams")
        s.told()
        for _ in range(2):
            s.wait_told("lost in the kernel")  # each second
        assert s.stderr.count("the kernel drops") == 1
        over.set()
        for t in floods:
            t.join()
        s.wait_line("the kernel has stopped dropping datagrams")
        s.stop()
        assert_told(s, s.counters()["udp"].lost)


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
