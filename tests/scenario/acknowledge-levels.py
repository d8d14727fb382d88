#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Listeners with each level and some reply templates on one file; clients see the promised level in
the receipt, the template as written, and nothing if reply is empty."""

import harness as h


def test_levels():
    levels = ["received", "written", "durable"]
    with h.Sockd([h.tcp(name=level, acknowledge=level) for level in levels]) as s:
        for level in levels:
            with s.connect(level) as c:
                receipt = h.RECEIPT.fullmatch(c.send(b"x\n").line())
                assert receipt.group(2).decode() == level
                assert receipt.group(1) in {r.id for r in s.wait_records(levels.index(level) + 1)}
        s.stop()


def test_defaults():
    with h.Sockd() as s, s.connect() as c:
        assert c.send(b"x\n").line().endswith(b" durable\n")
        s.stop()


def test_template():
    with h.Sockd([h.tcp(reply="100%% %l: %i;%i\r\n")]) as s, s.connect() as c:
        got = c.send(b"x\n").line()
        (found,) = s.records()
        assert got == b"100% durable: " + found.id + b";" + found.id + b"\r\n", got
        s.stop()


def test_constant_template():
    with h.Sockd([h.tcp(reply="OK")]) as s, s.connect() as c:
        assert c.send(b"a\nb\nc\n").finish().rest() == b"OKOKOK"
        s.stop()


def test_no_reply():
    with h.Sockd([h.tcp(reply=""), h.udp(reply="")]) as s, s.connect() as c, s.datagrams() as d:
        d.send(b"a datagram that is long enough")
        assert c.send(b"a\nb\n").finish().rest() == b""
        s.wait_records(3)
        s.stop()
        assert d.silent(), "all that was answered is here by now"


def test_no_reply_and_no_output():
    """No sender can be told: messages already accepted count as failed, and the stream is not read until the output
    works, so nothing that is still in the socket is lost."""
    with h.Sockd([h.tcp(reply="")], [h.file(path="@DIR@/later/messages.log")]) as s, s.connect() as c:
        for i in range(50):
            c.send(b"%d\n" % i)
        h.os.mkdir(s.path("later"))
        path = s.path("later/messages.log")
        for i in range(50, 60):
            c.send(b"%d\n" % i)
        h.wait_for(lambda: h.count_lines(path) and bytes(s.records(path)[-1]) == b"59", "the last message")
        s.stop()
        counters = s.counters()["tcp"]
        found = [int(bytes(r)) for r in s.records(path)]
        assert counters.received == 60 and counters.failed == 60 - len(found), counters
        assert found == list(range(60 - len(found), 60)), "only a beginning may be lost"


if __name__ == "__main__":
    h.main()
