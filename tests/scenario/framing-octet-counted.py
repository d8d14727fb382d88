#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A TCP listener with framing "octet-counted" (RFC 6587); a client sends frames that contain any
bytes."""

import harness as h

MESSAGES = [b"hello", b"two\nlines", b"\0\0", b"12 not a header", b"x" * 1000]


def test_messages():
    with h.Sockd([h.tcp(framing="octet-counted")]) as s, s.connect() as c:
        c.send(b"".join(b"%d %s" % (len(m), m) for m in MESSAGES)).receipts(len(MESSAGES))
        assert [bytes(r) for r in s.records()] == MESSAGES
        assert c.finish().rest() == b""
        s.stop()
        assert s.counters()["tcp"].bad_frames == 0


def test_count_above_the_limit_is_cut_in_step():
    with h.Sockd([h.tcp(framing="octet-counted")], top="limits = { message_size = 4; };") as s:
        with s.connect() as c:
            c.send(b"10 01234567893 abc")
            assert h.RECEIPT.fullmatch(c.line()).group(3) == b" truncated"
            assert h.RECEIPT.fullmatch(c.line()).group(3) is None
            cut, whole = s.records()
            assert bytes(cut) == b"0123" and h.true_size(cut.text) == 10
            assert bytes(whole) == b"abc"
        s.stop()
        assert s.counters()["tcp"].truncated == 1
        assert s.counters()["tcp"].bad_frames == 0


def test_what_ends_a_line():
    """Between frames it is skipped, and at the end of a frame it is no part of the message: real senders do both."""
    with h.Sockd([h.tcp(framing="octet-counted")]) as s, s.connect() as c:
        c.send(b"5 hello\n5 world\n6 again\n7 again\r\n\r\n\0002 a\n3 b\n\n").receipts(6)
        assert [bytes(r) for r in s.records()] == [b"hello", b"world", b"again", b"again", b"a", b"b\n"]
        s.stop()
        assert s.counters()["tcp"].bad_frames == 0


if __name__ == "__main__":
    h.main()
