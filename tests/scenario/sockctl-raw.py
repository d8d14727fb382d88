#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A user sends messages as IP packets: of a protocol that the options or the listener name, to an IPv4 or IPv6
address, without receipts. Runs in a network namespace, where packets go no further than this host."""

import contextlib
import socket
import struct

import harness as h
import servers

NOBODY = 65534
EXPERIMENT = 253  # RFC 3692
LOOPBACK = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}


@contextlib.contextmanager
def receiver(family=socket.AF_INET, protocol=EXPERIMENT):
    with socket.socket(family, socket.SOCK_RAW, protocol) as s:
        s.settimeout(h.DEADLINE)
        yield s


def payload(s):
    """Of the next packet; only IPv4 sockets see the header."""
    data = s.recv(1 << 17)
    return data[(data[0] & 15) * 4:] if s.family == socket.AF_INET else data


def send(*args, **keys):
    return servers.sockctl("send", "--raw", f"--ip-protocol={EXPERIMENT}", *args, **keys)


def one_line(r, code, *words):
    assert r.code == code and r.out == b"" and r.err.count("\n") == 1 and all(w in r.err for w in words), r


def test_messages():
    for family, address in LOOPBACK.items():
        with receiver(family) as s:
            assert send("-H", address, "hello\n") == (0, b"", "")
            assert payload(s) == b"hello\n"
            assert send("-H", address, stdin=b"one\n\ntwo") == (0, b"", "")
            assert [payload(s) for _ in range(3)] == [b"one", b"", b"two"]
            large = b"x" * 65000
            assert send("-H", address, stdin=large) == (0, b"", "") and payload(s) == large


def test_default_is_this_host():
    with receiver() as s:
        assert send("hello") == (0, b"", "") and payload(s) == b"hello"
    with receiver(socket.AF_INET6) as s:
        assert send("-6", "hello") == (0, b"", "") and payload(s) == b"hello"


def test_what_arrives_is_not_printed():
    """Of ICMP, a raw socket of this host gets the answer, and even what it sends."""
    echo = struct.pack("!BBHHH", 8, 0, 0xf7fc, 1, 2)
    with receiver(protocol=socket.IPPROTO_ICMP) as s:
        r = servers.sockctl("send", "--raw", "--ip-protocol=1", stdin=b"\n".join([echo] * 50))
        assert r == (0, b"", ""), r
        assert payload(s) == echo


def test_whole_packets():
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0xb8, 0, 0, 0, 9, EXPERIMENT, 0, socket.inet_aton("127.0.0.9"),
                       socket.inet_aton("127.0.0.1"))
    with receiver() as s:
        r = servers.sockctl("send", "--raw", "--ip-protocol=255", stdin=head + b"hello")
        assert r == (0, b"", ""), r
        data, peer = s.recvfrom(1 << 16)
        assert (data[1], data[8], data[20:], peer[0]) == (0xb8, 9, b"hello", "127.0.0.9")
    one_line(servers.sockctl("send", "--raw", "--ip-protocol=255", "x"), 4, "IP header")


def test_listener_of_the_config_file():
    text = h.config_text([h.tcp(), h.settings(name="first", protocol="raw", ip_protocol=EXPERIMENT),
                          h.settings(name="six", protocol="raw", ip_protocol=254, address="::1")])
    with servers.config(text) as path, receiver() as first, receiver(socket.AF_INET6, 254) as six:
        for args, s in ((("-l", "first"), first), (("--raw",), first), (("-l", "six"), six), (("--raw", "-6"), six)):
            assert servers.sockctl("-c", path, "send", *args, "hi") == (0, b"", ""), args
            assert payload(s) == b"hi"


def test_nobody_there():
    """Loopback answers with ICMP, but the sending socket is one that takes the packet; a far host would tell."""
    one_line(send("-H", "203.0.113.1", "x"), 4, "203.0.113.1 (IP protocol 253)", "unreachable")


def test_no_right():
    h.needs_all_users()
    r = send("x", user=NOBODY, group=NOBODY, extra_groups=[])
    one_line(r, 4, "a raw socket needs CAP_NET_RAW", "root")


def test_usage():
    one_line(send("-p", "1", "x"), 2, "--port")
    one_line(send("--framing=line", "x"), 2, "--framing")
    for n, word in (("6", "-t"), ("17", "-u"), *((n, "1 to 255") for n in ("0", "256", "icmp", ""))):
        one_line(servers.sockctl("send", "--raw", "--ip-protocol", n, "x"), 2, word)
    one_line(servers.sockctl("send", "--raw", "x"), 2, "--ip-protocol")
    one_line(servers.sockctl("send", "--ip-protocol=253", "-p", "1", "x"), 2, "--ip-protocol", "tcp")
    one_line(send("-t", "x"), 2, "--tcp and --raw")


if __name__ == "__main__":
    h.in_namespace()
    h.main()
