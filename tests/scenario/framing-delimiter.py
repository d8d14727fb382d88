#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""TCP listeners whose messages end with bytes of their own: a scanner that sends carriage returns, and HL7 over
MLLP, whose messages begin with a byte of their own, too, and whose senders want a fixed acknowledgement."""

import bus
import harness as h

MLLP = {"framing": "delimiter", "start": "\x0b", "delimiter": "\x1c\r"}


def test_carriage_return():
    with h.Sockd([h.tcp(framing="delimiter", delimiter="\r", message_timeout=0.2)]) as s, s.connect() as c:
        c.send(b"4006381333931").receipts(1)  # a first message that silence ends
        c.send(b"one\r\rtwo\nlines\r").receipts(3)
        assert [bytes(r) for r in s.records()] == [b"4006381333931", b"one", b"", b"two\nlines"]
        s.stop()
        assert s.counters()["tcp"].bad_frames == 0


def test_mllp():
    with bus.Bus() as b, h.Sockd([h.tcp(reply="\x0bMSA|AA\x1c\r", **MLLP)], env=b.env) as s, s.connect() as c:
        b.wait_owned()
        c.send(b"\r\n\x0bMSH|^~\\&|a\rPID|1\x1c\r\n\x0bMSH|b\x1c\r")
        h.wait_for(lambda: len(s.records()) == 2, "two messages")
        assert c.finish().rest() == b"\x0bMSA|AA\x1c\r" * 2
        assert [bytes(r) for r in s.records()] == [b"MSH|^~\\&|a\rPID|1", b"MSH|b"]
        (row,) = b.rows("listeners")
        assert row["bytes_skipped"] == 3 and row["bad_frames"] == row["cut_off"] == 0, row
        s.stop()


def test_end_inside_a_message():
    with h.Sockd([h.tcp(**MLLP)]) as s:
        for sent in (b"\x0bMSH|a\x1c\r\x0bhalf\x1c", b"\x0bMSH|a\x1c\r\x0b"):
            with s.connect() as c:
                assert len(h.ids_of(c.send(sent).finish().rest())) == 1
        assert [r.text for r in s.wait_records(3)] == [b"MSH|a", b"half\\x1c\\[cut off]", b"MSH|a"]
        s.stop()
        assert s.counters()["tcp"].bad_frames == 1, "a start alone"


def test_silence():
    """With a start, it ends no message, as the rest would be skipped; and once there was a delimiter, it ends none
    whole."""
    with bus.Bus() as b, h.Sockd([h.tcp(**MLLP), h.tcp(name="cr", framing="delimiter", delimiter="\r")],
                                 top="limits: { idle_timeout = 3; };", env=b.env) as s:
        b.wait_owned()
        clients = s.connect().send(b"\x0bhalf"), s.connect("cr").send(b"one\rhalf")
        assert [len(h.ids_of(c.rest())) for c in clients] == [0, 1]
        assert sorted(r.text for r in s.wait_records(3)) == [b"half\\[cut off]"] * 2 + [b"one"]
        assert [row["timed_out"] for row in b.rows("listeners")] == [0, 0]
        s.stop()


if __name__ == "__main__":
    h.main()
