#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A UDP listener with receipts; datagrams that are short, that look like receipts themselves, or
that come from privileged or our own ports. No receipt is longer than its datagram, none has part of an
ID, and none can start a loop between two servers."""

import os

import harness as h


def answered(c, probe):
    """What came back for PROBE: sends it, then something that is answered for sure."""
    c.send(probe)
    c.send(b"a probe that is long enough for its receipt")
    first = c.receive()
    if h.RECEIPT.fullmatch(first):
        return None
    assert h.RECEIPT.fullmatch(c.receive())
    return first


def test_short_datagrams():
    with h.Sockd([h.udp()]) as s, s.datagrams() as c:
        for n in range(0, 12):
            got = answered(c, b"x" * n)
            if n < 3:
                assert got is None, (n, got)
            else:
                assert got == b"ok", (n, got)
        s.stop()
        assert s.counters()["udp"].recorded == 24


def test_whole_or_one_word():
    """Also where the template is the user's."""
    for reply in ("ok %i %l\\n", "ok got %i, which is all there is to say"):
        with h.Sockd([h.udp(reply=reply)]) as s, s.datagrams() as c:
            whole = c.ask(b"x" * 200)
            assert whole.startswith(b"ok ")
            assert c.ask(b"x" * (len(whole) - 1)) == b"ok"
            assert len(c.ask(b"x" * len(whole))) == len(whole)
            s.stop()


def test_refusals():
    with h.Sockd([h.udp()], [h.file(path="@DIR@/none/x.log")]) as s, s.datagrams() as c:
        assert h.ERROR.fullmatch(c.ask(b"x" * 200))
        for n in (6, 7, 20):
            assert c.ask(b"x" * n) == b"error"
        c.send(b"x" * 5)
        assert h.ERROR.fullmatch(c.ask(b"x" * 200)), "too short even for the word"
        s.stop()


def test_receipts_are_not_answered():
    with h.Sockd([h.udp()]) as s, s.datagrams() as c:
        for probe in [b"ok 1k9f3a2b-17 durable and quite long", b"ok a receipt of another server",
                      b"error 1k9f3a2b-17 not stored: no space"]:
            assert answered(c, probe) is None, probe
        for probe in [b"okay this is no receipt", b"errors happen, but this is none", b"OK then"]:
            assert answered_at_all(c, probe), probe
        s.stop()


def answered_at_all(c, probe):
    return c.ask(probe).startswith(b"ok")


def test_privileged_source_port():
    if os.geteuid() != 0:
        raise h.Skip("needs root for a source port below 1024")
    with h.Sockd([h.udp()]) as s:
        address = s.address("udp")
        with privileged(address) as c, s.datagrams() as other:
            c.send(b"from a port below 1024, no receipt for this")
            s.wait_records(1)
            h.receipt_id(other.ask(b"from an ordinary port, a receipt for this"))
            s.stop()
            assert c.silent(), "all that was answered is here by now"
        assert s.counters()["udp"].recorded == 2


def privileged(address):
    for port in range(1023, 512, -1):
        try:
            return h.Datagrams(address, source=("127.0.0.1", port))
        except OSError:
            continue
    raise h.Skip("no free port below 1024")


def test_own_port():
    with h.Sockd([h.udp(name="a"), h.udp(name="b", address="127.0.0.2")]) as s:
        port = s.port("b")
        with h.Datagrams(s.address("a"), source=("127.0.0.1", port)) as c, s.datagrams("a") as other:
            c.send(b"from a port number that is one of sockd's own")
            s.wait_records(1)
            h.receipt_id(other.ask(b"from an ordinary port, a receipt for this"))
            s.stop()
            assert c.silent(), "all that was answered is here by now"


if __name__ == "__main__":
    h.main()
