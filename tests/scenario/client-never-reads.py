#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A TCP client sends messages as fast as it can and never reads a receipt: sockd stops reading from
it, so that its memory stays bounded, and serves other clients. On SIGTERM this client does not
delay the exit for long."""

import bus
import harness as h


def flood(b, c):
    """Until sockd reads no more from it; returns how much that was."""
    c.socket.setblocking(False)
    sent = [0]

    def send():
        try:
            sent[0] += c.socket.send(b"m\n" * 32768)
        except BlockingIOError:
            return True
        assert sent[0] < 256 << 20, "sockd reads on although its receipts are not read"
        return False
    b.wait_full(send, "sockd to stop reading")
    return sent[0]


def test_bounded():
    with bus.Bus() as b, h.Sockd(env=b.env) as s:
        b.wait_owned()
        rude = s.connect(receive_buffer=4096)
        assert flood(b, rude) > 0 and s.unread(rude) > 0
        if not h.SANITIZED:
            assert s.memory_peak() < 160 << 20, s.memory_peak()
        with s.connect() as polite:
            polite.send(b"still served\n").receipts(1)
        rude.close()
        s.stop()


def test_sigterm():
    with bus.Bus() as b, h.Sockd(env=b.env) as s:
        b.wait_owned()
        rude = s.connect(receive_buffer=4096)
        flood(b, rude)
        s.signal(h.signal.SIGTERM)
        assert s.wait_exit() in (0, 1)
        c = s.counters()["tcp"]
        assert c.received == c.recorded + c.refused + c.failed and c.waiting == 0, c
        rude.close()


if __name__ == "__main__":
    h.main()
