#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A TCP client sends the same bytes once in one piece and once in two, the first read by sockd before the
second: the messages are the same. Every other cut is for the fuzzers of frames, who make them in memory."""

import harness as h

# Cut inside a message, and inside what ends it or says how long it is.
CASES = {
    "line": (b"one\ntwo\r", b"\n\r\n\n\rx\r\r\nrest"),
    "nul": (b"one\0\0two\nth", b"ree\0rest"),
    "octet-counted": (b"5 hello1 x1", b"0 ten\nbytes\r\n"),
    "eof": (b"a\nb\0", b"c"),
    "syslog": (b"<1>a\n1", b"2 <1>message\n\n12 monkeys\n"),
    "delimiter": (b"-<a>-<b>=<<c=", b">=<d>="),
    "length": (b"\0\3abc\0", b"\1d\0\0"),
}
KEYS = {"delimiter": {"start": "<", "delimiter": ">="}, "length": {"length_size": 2}}


def messages(s, *pieces):
    """What was sent in these pieces became; each message has its receipt."""
    before = len(s.records())
    with s.connect() as c:
        for piece in pieces:
            c.send(piece)
            h.wait_for(lambda: s.has_read_all(c), "sockd to read")
        n = len(h.ids_of(c.finish().rest()))
    found = s.records()[before:]
    assert n == len(found)
    return [bytes(r) for r in found]


def test_cut():
    for framing, (first, second) in CASES.items():
        timeout = {"message_timeout": 0} if framing in ("line", "nul", "syslog", "delimiter") else {}
        with h.Sockd([h.tcp(framing=framing, **KEYS.get(framing, {}), **timeout)]) as s:
            whole = messages(s, first + second)
            assert whole
            assert messages(s, first, second) == whole, framing
            s.stop()


def test_cut_of_what_is_too_long():
    with h.Sockd([h.tcp(message_timeout=0)], top="limits = { message_size = 2; };") as s:
        messages(s, b"one\ntwo\r", b"\nx\r")
        messages(s, b"one\ntwo\r\nx\r")
        found = [r.text for r in s.records()]
        assert len(found) == 6 and found[:3] == found[3:], found
        s.stop()


if __name__ == "__main__":
    h.main()
