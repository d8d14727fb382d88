#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Listeners of all kinds with message_size 10; clients send messages of 9, 10 and 11 bytes and much
more. Longer ones are truncated to exactly 10 bytes, record and receipt say so, and the next message
is whole: the stream stays in step."""

import harness as h

TOP = "limits = { message_size = 10; };"
SIZES = [9, 10, 11, 12, 1000, 300000, 10, 1]


def check(found, sizes):
    assert len(found) == len(sizes)
    for r, size in zip(found, sizes):
        assert bytes(r) == b"x" * min(size, 10), (size, r)
        assert h.true_size(r.text) == (size if size > 10 else None), (size, r)


def stream(framing, wrap):
    with h.Sockd([h.tcp(framing=framing)], top=TOP) as s, s.connect() as c:
        c.send(b"".join(wrap(b"x" * n) for n in SIZES))
        for n in SIZES:
            receipt = c.line()
            assert (h.RECEIPT.fullmatch(receipt).group(3) == b" truncated") == (n > 10), (n, receipt)
        check(s.records(), SIZES)
        s.stop()
        assert s.counters()["tcp"].truncated == sum(n > 10 for n in SIZES)


def test_line():
    stream("line", lambda m: m + b"\n")


def test_crlf():
    stream("line", lambda m: m + b"\r\n")


def test_nul():
    stream("nul", lambda m: m + b"\0")


def test_octet_counted():
    stream("octet-counted", lambda m: b"%d %s" % (len(m), m))


def test_eof():
    with h.Sockd([h.tcp(framing="eof")], top=TOP) as s:
        for n in SIZES[:-1]:
            with s.connect() as c:
                c.send(b"x" * n).finish()
                assert (b" truncated" in c.rest()) == (n > 10)
        check(s.records(), SIZES[:-1])
        s.stop()


def test_udp():
    sizes = [9, 10, 11, 12, 1000, 65507, 10, 1]
    with h.Sockd([h.udp(reply="")], top=TOP) as s, s.datagrams() as c:
        for n in sizes:
            c.send(b"x" * n)
        check(s.wait_records(len(sizes)), sizes)
        s.stop()
        assert s.counters()["udp"].truncated == 4


def test_nobody_can_forge_the_mark():
    with h.Sockd() as s, s.connect() as c:
        c.send(b"all of it\\[truncated 99 bytes]\n").receipts(1)
        (found,) = s.records()
        assert found.text == b"all of it\\\\[truncated 99 bytes]"
        s.stop()


if __name__ == "__main__":
    h.main()
