#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A TCP client sends messages as fast as it can and never reads a receipt: sockd stops reading from
it, so that its memory stays bounded, and serves other clients. On SIGTERM this client does not
delay the exit for long."""

import harness as h


def test_bounded():
    with h.Sockd() as s:
        rude = s.connect(receive_buffer=4096)
        rude.socket.setblocking(False)
        chunk = b"m\n" * 32768
        sent, stuck = 0, 0
        poll = h.select.poll()
        poll.register(rude.socket, h.select.POLLOUT)
        # Until its socket has taken no byte for a while, or far more was sent than any kernel queue holds.
        while stuck < 10 and sent < 512 << 20:
            if not poll.poll(100):
                stuck += 1
                continue
            stuck = 0
            sent += rude.socket.send(chunk)
        assert sent < 256 << 20, "sockd reads on although its receipts are not read"
        if not h.SANITIZED:
            assert s.memory_peak() < 160 << 20, s.memory_peak()
        with s.connect() as polite:
            polite.send(b"still served\n").receipts(1)
        rude.close()
        s.stop()



def test_sigterm():
    with h.Sockd() as s:
        rude = s.connect(receive_buffer=4096)
        rude.socket.setblocking(False)
        poll = h.select.poll()
        poll.register(rude.socket, h.select.POLLOUT)
        stuck = 0
        while stuck < 5:
            if poll.poll(100):
                rude.socket.send(b"m\n" * 32768)
            else:
                stuck += 1
        s.signal(h.signal.SIGTERM)
        assert s.wait_exit() in (0, 1)
        c = s.counters()["tcp"]
        assert c.received == c.recorded + c.refused + c.failed and c.waiting == 0, c
        rude.close()


if __name__ == "__main__":
    h.main()
