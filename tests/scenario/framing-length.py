#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""TCP listeners whose messages come behind a binary length, of each size and order; a message that is longer
than limits.message_size is cut, and the stream stays in step."""

import itertools

import harness as h

MESSAGES = [b"hello", b"", b"two\nlines", b"\0\0", b"x" * 200]


def test_messages():
    for size, order in itertools.product((1, 2, 4), ("big", "little")):
        with h.Sockd([h.tcp(framing="length", length_size=size, length_order=order)]) as s, s.connect() as c:
            c.send(b"".join(len(m).to_bytes(size, order) + m for m in MESSAGES)).receipts(len(MESSAGES))
            assert [bytes(r) for r in s.records()] == MESSAGES, (size, order)
            assert c.finish().rest() == b""
            s.stop()
            assert s.counters()["tcp"].bad_frames == 0


def test_default_is_four_bytes_big():
    with h.Sockd([h.tcp(framing="length")], top="limits = { message_size = 4; };") as s, s.connect() as c:
        c.send(b"\0\0\0\x0a0123456789\0\0\0\x03abc")
        assert h.RECEIPT.fullmatch(c.line()).group(3) == b" truncated"
        assert h.RECEIPT.fullmatch(c.line()).group(3) is None
        assert [bytes(r) for r in s.records()] == [b"0123", b"abc"]
        s.stop()


def test_lies():
    """Four gigabytes are announced: what came is cut off. A part of a length is no message."""
    with h.Sockd([h.tcp(framing="length")]) as s:
        for lie in (b"\xff\xff\xff\xffhalf", b"\0\0"):
            with s.connect() as c:
                assert c.send(lie).finish().rest() == b""
        assert [r.text for r in s.wait_records(1)] == [b"half\\[cut off]"]
        s.stop()
        assert s.counters()["tcp"].bad_frames == 1


if __name__ == "__main__":
    h.main()
