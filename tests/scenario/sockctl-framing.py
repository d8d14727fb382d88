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
    assert sent("--framing=octet-counted", stdin=b"a\nbcd") == [b"1 a3 bcd"]
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


def test_syslog():
    assert sent("--framing=syslog", "<13>a\nb") == [b"7 <13>a\nb"]
    assert sent("--framing=syslog", stdin=b"<13>a\n\n12 monkeys\n") == [b"<13>a\n\n12 monkeys\n"]


def test_delimiter():
    assert sent("--framing=delimiter", "--delimiter=\r", "a\nb") == [b"a\nb\r"]
    mllp = ("--framing=delimiter", "--start=\x0b", "--delimiter=\x1c\r")
    assert sent(*mllp, stdin=b"a\n\n\x1c\n") == [b"\x0ba\x1c\r\x0b\x1c\r\x0b\x1c\x1c\r"]


def test_length():
    assert sent("--framing=length", "ab") == [b"\0\0\0\2ab"]
    assert sent("--framing=length", "--length-size=2", "--length-order=little", stdin=b"ab\n\n") == [b"\2\0ab\0\0"]


REFUSED = [
    # what cannot be sent so, and why
    (("--framing=delimiter", "--delimiter=ab", "xaby"), "contains the delimiter"),
    (("--framing=syslog", "two\nlines"), "contains a line feed"),
    (("--framing=syslog", "12 <13>x"), "begins as a counted frame does"),
    (("--framing=length", "--length-size=1", "x" * 256), "longer than 255 bytes"),
    (("--framing=octet-counted", ""), "is empty"),
    (("--framing=delimiter", "x"), "requires --delimiter"),
    (("--delimiter=;", "x"), "apply only to --framing=delimiter"),
    (("--length-size=2", "x"), "apply only to --framing=length"),
    (("--framing=length", "--length-size=3", "x"), "must be 1, 2 or 4"),
    (("--framing=delimiter", "--delimiter=", "x"), "must have 1 to 8 bytes"),
]


def test_refused():
    for args, why in REFUSED:
        with servers.Server(servers.read_all) as s:
            r = servers.send(s, *args)
            assert r.code == 2 and why in r.err and r.out == b"", (args, r)


def test_long_line():
    long = b"x" * (5 << 20)
    assert sent(stdin=long + b"\n" + long) == [long + b"\n" + long + b"\n"]
    assert sent("--framing=eof", stdin=long) == [long]


if __name__ == "__main__":
    h.main()
