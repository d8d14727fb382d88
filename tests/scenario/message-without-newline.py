#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A TCP listener with framing "line"; a client sends text without a newline and waits, as clients
do that write once and read once. After message_timeout of silence this is a message and gets its
receipt; it is marked and counted, because what follows may belong to it. A stream that has sent a
newline is only split at newlines; 0 disables the timeout."""

import harness as h


def test_receipt_after_silence():
    with h.Sockd([h.tcp(message_timeout=0.2)]) as s, s.connect() as c:
        ids = c.send(b"no newline").receipts(1)
        ids += c.send(b"and another").receipts(1)
        assert [(r.id, bytes(r)) for r in s.records()] == [(ids[0], b"no newline"), (ids[1], b"and another")]
        assert c.finish().rest() == b""
        s.stop()


def test_mark():
    with h.Sockd([h.tcp(message_timeout=0.2)], outputs=[h.file(format="json")]) as s, s.connect() as c:
        c.send(b"first half,").receipts(1)
        c.send(b" second half\n").receipts(1)
        first, second = h.json_records(s.path("messages.log"))
        assert first["timed_out"] is True and first["message"] == "first half,"
        assert "timed_out" not in second and second["message"] == " second half"
        s.stop()


def test_default():
    with h.Sockd() as s, s.connect() as c:
        c.send("Grüße aus Java".encode()).receipts(1)
        assert bytes(s.records()[0]).decode() == "Grüße aus Java"
        s.stop()


def test_not_after_the_first_newline():
    with h.Sockd([h.tcp(message_timeout=0.05), h.tcp(name="clock", message_timeout=0.4)]) as s:
        with s.connect() as c, s.connect("clock") as clock:
            c.send(b"line\nhalf a ").receipts(1)
            clock.send(b"measures time").receipts(1)
            assert c.silent()
            c.send(b"line\n").receipts(1)
            assert [bytes(r) for r in s.records() if r.listener == b"tcp"] == [b"line", b"half a line"]
        s.stop()


def test_never():
    with h.Sockd([h.tcp(message_timeout=0), h.tcp(name="clock", message_timeout=0.7)]) as s:
        with s.connect() as c, s.connect("clock") as clock:
            c.send(b"half a ")
            clock.send(b"measures time").receipts(1)
            assert c.silent()
            c.send(b"line\n").receipts(1)
            assert [bytes(r) for r in s.records() if r.listener == b"tcp"] == [b"half a line"]
        s.stop()


if __name__ == "__main__":
    h.main()
