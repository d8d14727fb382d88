#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A TCP listener with framing "eof"; the whole connection is one message, whatever it contains. The
receipt is sent after the client has shut down writing; after a reset, the message is what
arrived."""

import harness as h


def test_whole_connection():
    with h.Sockd([h.tcp(framing="eof")]) as s, s.connect() as c:
        c.send(b"one\ntwo\n\0").send(b"three")
        (receipt,) = h.ids_of(c.finish().rest())
        (found,) = s.records()
        assert bytes(found) == b"one\ntwo\n\0three" and found.id == receipt
        s.stop()


def test_reset():
    with h.Sockd([h.tcp(framing="eof")], args=["--verbose"]) as s:
        c = s.connect()
        c.send(b"came before the reset")
        # Only what sockd has read before the reset is there to be recorded.
        h.wait_for(lambda: s.has_read_all(c), "sockd to read")
        c.reset()
        (found,) = s.wait_records(1)
        assert bytes(found) == b"came before the reset"
        s.stop()


if __name__ == "__main__":
    h.main()
