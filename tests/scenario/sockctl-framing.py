#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A user chooses how messages are framed: exactly these bytes go out, and then writing is shut
down. Nobody waits for receipts here."""

import harness as h
import servers


def sent(*args, stdin=b"", n=1):
    """The bytes of each of N connections."""
    with servers.Server(servers.read_all) as s:
        r = servers.send(s, "-n", *args, stdin=stdin)
        assert r == (0, b"", ""), r
        h.wait_for(lambda: len(s.results) >= n, "the server")
        return s.results


def test_line():
    assert sent("a b") == [b"a b\n"]
    assert sent("a\tb\r", "c") == [b"a\tb\r c\n"]
    assert sent(stdin=b"a\n\nb\r\nc") == [b"a\n\nb\r\nc\n"]
    assert sent(stdin=b"\0\xff\n") == [b"\0\xff\n"]


def test_nul():
    assert sent("--framing=nul", "a\nb") == [b"a\nb\0"]
    assert sent("--framing=nul", stdin=b"a\n\nb") == [b"a\0\0b\0"]


def test_octet_counted():
    assert sent("--framing=octet-counted", "a\nb") == [b"3 a\nb"]
    assert sent("--framing=octet-counted", stdin=b"a\n\nbcd") == [b"1 a0 3 bcd"]
    long = b"x" * 1000000
    assert sent("--framing=octet-counted", stdin=long + b"\ny\n") == [b"1000000 " + long + b"1 y"]


def test_octet_counted_has_a_limit():
    with servers.Server(servers.read_all) as s:
        r = servers.send(s, "--framing=octet-counted", stdin=b"x" * ((16 << 20) + 1))
        assert r.code == 2 and "16777216" in r.err and s.one() == b"", r


def test_eof():
    assert sent("--framing", "eof", "a\nb\n") == [b"a\nb\n"]


def test_eof_is_one_connection_for_each_line():
    assert sent("--framing", "eof", stdin=b"a\nbc\nd", n=3) == [b"a", b"bc", b"d"]


def test_long_line():
    long = b"x" * (5 << 20)
    assert sent(stdin=long + b"\n" + long) == [long + b"\n" + long + b"\n"]
    assert sent("--framing=eof", stdin=long) == [long]


if __name__ == "__main__":
    h.main()
