#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A UDP listener; each datagram is one message without one LF, CRLF or NUL at its end, an empty one
too. The receipt goes to the sender."""

import harness as h

CASES = [(b"hello world", b"hello world"), (b"with lf here\n", b"with lf here"),
         (b"with crlf here\r\n", b"with crlf here"), (b"two lines\nin one\n\n", b"two lines\nin one\n"),
         (b"\r\r\n", b"\r"), (b"\n", b""), (b"ends in cr\r", b"ends in cr\r"), (b"\0\0\0", b"\0\0"), (b"nul\0", b"nul")]


def test_messages():
    with h.Sockd([h.udp(reply="")]) as s, s.datagrams() as c:
        for i, (sent, expected) in enumerate(CASES):
            c.send(sent)
            found = s.wait_records(i + 1)[i]
            assert bytes(found) == expected, sent
            assert found.peer == c.name and found.listener == b"udp"
        s.stop()
        assert c.silent(), "all that was answered is here by now"


def test_receipt():
    with h.Sockd([h.udp()]) as s, s.datagrams() as c:
        receipt = c.ask(b"long enough for the whole of a receipt\n")
        assert s.records()[0].id == h.receipt_id(receipt)
        s.stop()


def test_empty_datagram():
    with h.Sockd([h.udp()]) as s, s.datagrams() as c:
        c.send(b"")
        (found,) = s.wait_records(1)
        assert found.text == b""
        assert c.ask(b"the next one, to see that there was no receipt before").startswith(b"ok ")
        s.stop()
        assert c.silent(), "all that was answered is here by now"
        assert s.counters()["udp"].recorded == 2


def test_largest():
    with h.Sockd([h.udp()]) as s, s.datagrams() as c:
        c.ask(b"x" * 65507)
        assert len(s.records()[0].text) == 65507
        s.stop()


if __name__ == "__main__":
    h.main()
