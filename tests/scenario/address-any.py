#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Listeners with address "*"; clients connect over IPv4 and IPv6. Both are served on the same port,
and an IPv4 client is shown as IPv4."""

import socket

import harness as h


def test_tcp():
    with h.Sockd([h.tcp(address="*")]) as s:
        port = s.port()
        both = {("0.0.0.0", port), ("[::]", port)}
        h.wait_for(lambda: {(b.host, b.port) for b in s.bound()} == both, "both addresses")
        for host in ["127.0.0.1", "::1"]:
            with h.Client((host, port)) as c:
                c.send(b"hello\n").receipts(1)
                assert s.records()[-1].peer == c.name
        s.stop()
        assert s.counters()["tcp"].recorded == 2


def test_udp():
    with h.Sockd([h.udp(address="*")]) as s:
        port = s.port("udp")
        for host in ["127.0.0.1", "::1", "127.0.0.5"]:
            # A connected socket accepts an answer only from the address it sent to.
            with h.Datagrams((host, port)) as c:
                h.receipt_id(c.ask(b"a datagram that is long enough"))
                assert s.records()[-1].peer == c.name
        s.stop()
        assert s.counters()["udp"].recorded == 3


def test_ipv6_address():
    with h.Sockd([h.tcp(address="::1"), h.udp(address="::1")]) as s, s.connect() as c, s.datagrams() as d:
        assert s.bound()[0].host == "[::1]"
        c.send(b"hello\n").receipts(1)
        h.receipt_id(d.ask(b"a datagram that is long enough"))
        assert [r.peer for r in s.records()] == [c.name, d.name]
        s.stop()


def test_both_families_at_one_port():
    """The port is free for IPv4 only: sockd does not start."""
    while not refused_for_ipv6():
        pass  # somebody else was quick to take the port for IPv4


def refused_for_ipv6():
    with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as taken:
        taken.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        taken.bind(("::", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with h.Sockd([h.tcp(address="*", port=port)], wait=False) as s:
            assert s.wait_exit() == 75
            if f"0.0.0.0:{port}" in s.stderr:
                return False
            assert f"[::]:{port}" in s.stderr, s.stderr
            return True


if __name__ == "__main__":
    h.main()
