#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A TCP listener with framing "line"; clients end their messages with LF or CRLF. Each line is one
message without its terminator, and gets one receipt, in order."""

import harness as h


def test_messages():
    sent = b"one\ntwo\r\n\n\r\nkeeps one \r\r\nwith\rin it\n\n\rfirst\n"
    expected = [b"one", b"two", b"", b"", b"keeps one \r", b"with\rin it", b"", b"\rfirst"]
    with h.Sockd() as s, s.connect() as c:
        ids = c.send(sent).receipts(len(expected))
        found = s.wait_records(len(expected))
        assert [bytes(r) for r in found] == expected
        assert [r.id for r in found] == ids
        assert {r.peer for r in found} == {c.name}
        assert {r.listener for r in found} == {b"tcp"}
        s.stop()
        assert s.counters()["tcp"].recorded == len(expected)


def test_long_lived_stream():
    with h.Sockd() as s, s.connect() as c:
        for i in range(20):
            c.send(b"message %d\n" % i).receipts(1)
        assert [bytes(r) for r in s.records()] == [b"message %d" % i for i in range(20)]
        s.stop()


if __name__ == "__main__":
    h.main()
