#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A hostile server answers with bytes that would control a terminal: sockctl prints them escaped,
one reply per line; printable UTF-8 is left unchanged."""

import harness as h
import servers

PRINTABLE = "gr\u00fc\u00df \u65e5\u672c \U0001f600\n".encode()
CASES = [
    (b"\x1b[2J\x07ok\n", b"\\x1b[2J\\x07ok\n"),
    (b"a\rb\tc\x00d\n", b"a\\rb\\tc\\x00d\n"),
    (PRINTABLE, PRINTABLE),
    ("a\u202eb\u2028c\u0085\n".encode(), b"a\\xe2\\x80\\xaeb\\xe2\\x80\\xa8c\\xc2\\x85\n"),
    (b"\xff\xfe \xc0\x80 \x7f\n", b"\\xff\\xfe \\xc0\\x80 \\x7f\n"),
    (b"back\\slash\n", b"back\\slash\n"),
]


def test_stream():
    for reply, expected in CASES:
        with servers.Server(lambda c, reply=reply: servers.answer_lines(c, reply)) as s:
            assert servers.send(s, "hello") == (0, expected, "")


def test_datagram():
    for reply, expected in CASES:
        with servers.DatagramServer(lambda data, reply=reply: [reply]) as s:
            assert servers.send(s, "-u", "hello") == (0, expected, "")
    with servers.DatagramServer(lambda data: [b"one\ntwo\r\n"]) as s:
        assert servers.send(s, "-u", "hello") == (0, b"one\\ntwo\n", "")
    with servers.DatagramServer(lambda data: [b""]) as s:
        assert servers.send(s, "-u", "hello") == (0, b"\n", "")


def test_long_text_is_not_torn():
    text = "\u65e5\u672c".encode() * 3000
    with servers.Server(lambda c: servers.answer_lines(c, b"x" + text + b"\n")) as s:
        assert servers.send(s, "hello") == (0, b"x" + text + b"\n", "")


def test_error_lines_too():
    r = servers.sockctl("send", "-H", "evil\x1b[2J.invalid", "hello")
    assert r.code == 4 and "\x1b" not in r.err and "\\x1b[2J" in r.err, r


if __name__ == "__main__":
    h.main()
