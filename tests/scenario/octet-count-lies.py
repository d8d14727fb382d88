#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A TCP listener with framing "octet-counted"; clients send invalid headers, or stop inside a
header. The receipts of earlier messages are sent first, then the stream is closed and counted
once. What came of a frame is recorded as cut off."""

import harness as h

LIES = [b"x", b" 5 hello", b"05 hello", b"0 ", b"1234567890 x", b"5hello", b"-1 x", b"+1 x", b"5\nhello"]
ENDS_INSIDE = [b"5 ", b"5", b"5 hel", b"999999999 x"]


def test_lies():
    with h.Sockd([h.tcp(framing="octet-counted")]) as s:
        for lie in LIES:
            with s.connect() as c:
                c.send(b"2 ab3 cde" + lie)
                assert len(h.ids_of(c.rest())) == 2, lie
        assert len(s.records()) == 2 * len(LIES)
        s.stop()
        assert s.counters()["tcp"].bad_frames == len(LIES)
        assert s.counters()["tcp"].received == 2 * len(LIES)


def test_end_inside_a_frame():
    with h.Sockd([h.tcp(framing="octet-counted")]) as s:
        for end in ENDS_INSIDE:
            with s.connect() as c:
                c.send(b"2 ab" + end).finish()
                assert len(h.ids_of(c.rest())) == 1, end
        assert [r.text for r in s.wait_records(6)] == [b"ab", b"ab", b"ab", b"hel\\[cut off]", b"ab", b"x\\[cut off]"]
        s.stop()
        assert s.counters()["tcp"].bad_frames == 2


if __name__ == "__main__":
    h.main()
