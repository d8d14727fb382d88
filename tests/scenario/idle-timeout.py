#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""limits.idle_timeout is short; a silent TCP client is closed, one that keeps sending is not."""

import harness as h


def test_silent_client():
    with h.Sockd(top="limits = { idle_timeout = 0.5; };") as s:
        with s.connect() as idle, s.connect() as busy:
            idle.send(b"one\n").receipts(1)
            while idle.silent():
                busy.send(b"busy\n").receipts(1)
            assert idle.rest() == b""
            busy.send(b"still here\n").receipts(1)
        s.stop()


def test_never_by_default():
    with h.Sockd([h.tcp(), h.tcp(name="clock", message_timeout=1)]) as s, s.connect() as c, s.connect("clock") as clock:
        c.send(b"one\n").receipts(1)
        clock.send(b"measures time").receipts(1)
        assert c.silent()
        c.send(b"two\n").receipts(1)
        s.stop()


if __name__ == "__main__":
    h.main()
