#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One TCP listener for both kinds of syslog senders (RFC 6587): each message is counted or a line, whatever
came before it on the same stream. Multi-line messages of counting senders stay whole."""

import harness as h

BOTH = b"<14>hello\n20 <14>stack\n at foo()\n12 <14>message\n"
MESSAGES = [b"<14>hello", b"<14>stack\n at foo()", b"<14>message"]


def test_both_kinds():
    with h.Sockd([h.tcp(framing="syslog")]) as s:
        with s.connect() as c:
            c.send(BOTH * 2).receipts(6)
            assert c.finish().rest() == b""
        with s.connect() as c:
            for byte in BOTH:
                c.send(bytes([byte]))
                h.wait_for(lambda c=c: s.has_read_all(c), "sockd to read")
            c.receipts(3)
        assert [bytes(r) for r in s.records()] == MESSAGES * 3
        s.stop()


def test_lines_that_begin_like_a_count():
    lines = [b"12 monkeys", b"2026-11-26 10:00:00 up", b"1234567890 <14>x", b"7", b"", b"012 <14>x"]
    with h.Sockd([h.tcp(framing="syslog")]) as s, s.connect() as c:
        c.send(b"".join(line + b"\r\n" for line in lines)).receipts(len(lines))
        c.send(b"\n5 <1>a\n\n\0\n5 <2>b\n3 <3>").receipts(4)
        assert [bytes(r) for r in s.records()] == lines + [b"", b"<1>a", b"<2>b", b"<3>"]
        s.stop()


def test_silence():
    """It ends a first line, never a counted frame, which is cut off by the end of its stream."""
    with h.Sockd([h.tcp(framing="syslog", message_timeout=0.1)]) as s:
        with s.connect() as line, s.connect() as counted:
            counted.send(b"99 <14>half")
            line.send(b"<14>no newline").receipts(1)
            assert counted.finish().rest() == b"", "what is cut off has no receipt"
        line, half = s.wait_records(2)
        assert bytes(line) == b"<14>no newline" and half.text.endswith(b"half\\[cut off]")
        s.stop()


if __name__ == "__main__":
    h.main()
