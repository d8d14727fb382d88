#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A TCP listener with framing "nul"; a client ends its messages with NUL. LF and CR are bytes like
any other."""

import harness as h


def test_messages():
    with h.Sockd([h.tcp(framing="nul")]) as s, s.connect() as c:
        c.send(b"one\0two\nlines\r\n\0\0last\0").receipts(4)
        assert [bytes(r) for r in s.records()] == [b"one", b"two\nlines\r\n", b"", b"last"]
        assert s.records()[1].text == b"two\\nlines\\r\\n"
        s.stop()


def test_message_timeout():
    with h.Sockd([h.tcp(framing="nul", message_timeout=0.1)]) as s, s.connect() as c:
        c.send(b"no end\n").receipts(1)
        assert [bytes(r) for r in s.records()] == [b"no end\n"]
        s.stop()


if __name__ == "__main__":
    h.main()
