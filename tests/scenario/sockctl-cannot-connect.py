#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A user sends to an address where nothing listens: sockctl says where it could not connect and
why, in one line, and exits with 4."""

import socket

import harness as h
import servers

FOREVER = "3600"  # a test would not survive it


def check(r, *words):
    assert r.code == 4 and r.out == b"", r
    lines = [line for line in r.err.splitlines() if "warning" not in line]
    assert len(lines) == 1 and lines[0].startswith("sockctl: cannot connect to "), r.err
    for word in words:
        assert word in lines[0], r.err


def test_refused():
    held, port = servers.unused_port()
    with held:
        r = servers.sockctl("send", "-p", str(port), "hello")
        assert r.err == f"sockctl: cannot connect to 127.0.0.1:{port}: Connection refused\n", r
        check(r)
        check(servers.sockctl("send", "-n", "-p", str(port), "hello"))
        check(servers.sockctl("send", "-p", str(port), stdin=b"a\nb\n"))


def test_refused_ipv6():
    held, port = servers.unused_port(host="::1")
    with held:
        check(servers.sockctl("send", "-6", "-p", str(port), "x"),
              f"[::1]:{port}: Connection refused")


def test_refused_datagram():
    held, port = servers.unused_port(socket.SOCK_DGRAM)
    held.close()
    check(servers.sockctl("send", "-u", "-w", FOREVER, "-p", str(port), "hello"), f"127.0.0.1:{port}", "refused")
    check(servers.sockctl("send", "-u", "-w", FOREVER, "-n", "-p", str(port), "hello"), "refused")
    check(servers.sockctl("send", "-u", "-w", FOREVER, "-p", str(port), stdin=b"a\nb\n" * 1000), "refused")
    check(servers.sockctl("send", "-u", "-w", FOREVER, "-n", "-p", str(port), stdin=b"a\nb\n" * 1000), "refused")


def test_unknown_name():
    check(servers.sockctl("send", "-H", "nowhere.invalid", "hello"), "nowhere.invalid:9191")


def test_wrong_family():
    check(servers.sockctl("send", "-4", "-H", "::1", "hello"), "[::1]:9191")


def test_connection_is_not_answered():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen(0)
        port = s.getsockname()[1]
        # with a full backlog the kernel drops further attempts
        full = [socket.socket() for _ in range(8)]
        for c in full:
            c.setblocking(False)
            c.connect_ex(("127.0.0.1", port))
        check(servers.sockctl("send", "-w", "0.6", "-p", str(port), "x"), "timed out")
        for c in full:
            c.close()


def test_every_address_is_tried():
    """localhost may be ::1 first."""
    try:
        names = {a[4][0] for a in socket.getaddrinfo("localhost", 1)}
    except socket.gaierror as error:
        raise h.Skip("this machine does not know localhost") from error
    for host in ("127.0.0.1", "::1"):
        if host not in names:
            continue
        with servers.Server(servers.answer_lines, host=host) as s:
            r = servers.sockctl("send", "-H", "localhost", "-p", str(s.port), "hello")
            assert r == (0, b"ok\n", ""), r
        for args in ([], ["-n"]):
            with servers.DatagramServer(lambda data: [b"ok\n"], host=host) as s:
                r = servers.sockctl("send", "-u", *args, "-H", "localhost", "-p", str(s.port),
                                    "hello")
                assert r.code == 0 and r.err == "", r
                h.wait_for(lambda s=s: s.received == [b"hello"], "the datagram")


if __name__ == "__main__":
    h.main()
