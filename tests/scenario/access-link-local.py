#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Who may send, on one link: a link-local prefix says on which interface, and link-local peers are told apart by their
whole address."""

import socket
import subprocess

import harness as h

LONG = b"a datagram that is long enough for its receipt\n"
SOURCES = ("fe80::1%lo", "fe80::2%lo", "fe80::1%other")
MATRIX = [
    ({"allow": ["fe80::1%lo"]}, {"fe80::1%lo"}),
    ({"allow": ["fe80::%lo/10"]}, {"fe80::1%lo", "fe80::2%lo"}),
    ({"allow": ["fe80::/10"]}, set(SOURCES)),
    ({"deny": ["fe80::%lo/127"]}, {"fe80::2%lo", "fe80::1%other"}),
    ({"deny": ["fe80::1"], "allow": ["fe80::/10"]}, {"fe80::2%lo"}),
]


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True)


def at(address, port=0):
    """With the number of the interface."""
    return socket.getaddrinfo(address, port, socket.AF_INET6, socket.SOCK_STREAM)[0][4]


def may_send(s, source):
    """By both protocols alike. A datagram without an answer is followed by one of an address that may send."""
    local = "fe80::ff%" + source.partition("%")[2]
    try:
        with h.Client(at(local, s.port("tcp")), source=at(source)) as c:
            stream = h.RECEIPT.fullmatch(c.send(b"hello\n").line())
    except (ConnectionResetError, BrokenPipeError):
        stream = None
    with h.Datagrams(at(local, s.port("udp")), source=at(source)) as c:
        c.send(LONG)
        if stream:
            assert h.RECEIPT.fullmatch(c.receive()), source
    return bool(stream)


def test_matrix():
    for keys, allowed in MATRIX:
        with h.Sockd([h.tcp(address="*", **keys), h.udp(address="*", **keys)]) as s:
            assert {source for source in SOURCES if may_send(s, source)} == allowed, keys
            s.stop()
            assert {r.peer.rpartition(b":")[0].decode() for r in s.records()} == {f"[{a}]" for a in allowed}
            counters = s.counters()
            assert counters["tcp"].received == counters["udp"].received == len(allowed), (keys, counters)


if __name__ == "__main__":
    h.in_namespace()
    h.loopback_up()
    ip("link", "add", "other", "type", "veth", "peer", "name", "end")
    for name in ("other", "end"):
        ip("link", "set", name, "up")
    for name, ends in (("lo", "12f"), ("other", "1f")):
        for end in ends:
            ip("address", "add", f"fe80::{end if end != 'f' else 'ff'}/64", "dev", name, "nodad")
    h.main()
