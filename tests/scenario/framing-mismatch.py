#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Clients send with another framing than their listener has. One line says which bytes came, and which framing
would fit; a client that fits causes none."""

import harness as h

MISMATCHES = [
    # the listener's framing, what is sent, what the line ends with
    ("octet-counted", b"<14>Nov 26 10:00:00 host app: hello\n",
     'sent a bad octet count, '
     '"<14>Nov 26 10:00:00 host app: he...", closing the connection; framing = "line" would fit'),
    ("octet-counted", b"<14>a\"\x1b\0", 'count, "<14>a"\\x1b\\x00", closing the connection; framing = "nul" would fit'),
    ("octet-counted", b"5 hello05 world", 'sent a bad octet count, "05 world", closing the connection'),
    ("octet-counted", b"9 ", "sent an incomplete frame, closing the connection"),
    ("line", b"11 <13>1 aaaaa11 <13>1 bbbbb",
     'begins with "11 <13>1 aaaaa11 <13>1 bbbbb"; framing = "octet-counted" would fit'),
    ("line", b"one\0", 'begins with "one\\x00"; framing = "nul" would fit'),
    ("nul", b"6 <1>abc", 'begins with "6 <1>abc"; framing = "octet-counted" would fit'),
]
MATCHES = [("octet-counted", b"6 <1>abc"), ("line", b"<14>Nov 26 hello\n"), ("line", b"1\n11 <13>1 aaaaa\n"),
           ("nul", b"a\0b"), ("eof", b"6 <1>abc")]


def lines_about(s):
    return [line for line in s.stderr.splitlines() if "would fit" in line or "closing" in line]


def test_mismatches():
    for framing, sent, end in MISMATCHES:
        with h.Sockd([h.tcp(framing=framing)]) as s:
            with s.connect() as c:
                peer = "%s:%d" % c.socket.getsockname()
                c.send(sent).finish().rest()
            s.stop()
            lines = lines_about(s)
            assert len(lines) == 1 and f"listener tcp: {peer} " in lines[0] and lines[0].endswith(end), lines


def test_matches():
    for framing, sent in MATCHES:
        with h.Sockd([h.tcp(framing=framing)]) as s:
            with s.connect() as c:
                c.send(sent).finish().rest()
            s.stop()
            assert lines_about(s) == []


def test_one_line_for_many():
    with h.Sockd([h.tcp()]) as s:
        for _ in range(50):
            with s.connect() as c:
                c.send(b"6 <1>abc").finish().rest()
        s.stop()
        assert len(lines_about(s)) < 50 and len(s.records()) == 50


if __name__ == "__main__":
    h.main()
