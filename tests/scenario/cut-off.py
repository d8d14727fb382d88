#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A stream that is reset in the middle of a message, or ends inside a frame: what came is recorded, marked as cut
off in every format, counted and told by one line, and no receipt says that it is whole. Whatever the framing."""

import signal

import bus
import harness as h

# The framing, whole messages, and a part of one.
CASES = {
    "line": ({}, b"x\n", b"transfer amount 10"),
    "nul": ({}, b"x\0", b"transfer amount 10"),
    "eof": ({}, b"", b"transfer amount 10"),
    "syslog": ({}, b"x\n", b"99 <14>transfer"),
    "octet-counted": ({}, b"1 x", b"99 transfer"),
    "delimiter": ({"delimiter": ";"}, b"x;", b"transfer amount 10"),
    "length": ({"length_size": 1}, b"\1x", b"\x63transfer"),
}
WITH_FIN = {"syslog", "octet-counted", "delimiter", "length"}


def part(s, whole, begun):
    """A stream that has sent a whole message and a part of one, both of which were read."""
    c = s.connect()
    c.send(whole + begun)
    if whole:
        c.receipts(1)
    h.wait_for(lambda: s.has_read_all(c), "sockd to read")
    return c


def test_reset():
    for framing, (keys, whole, begun) in CASES.items():
        if framing not in WITH_FIN or framing == "delimiter":
            keys = keys if framing == "eof" else {**keys, "message_timeout": 0}
        with bus.Bus() as b, h.Sockd([h.tcp(framing=framing, **keys)],
                                     [h.file(), h.file(path="@DIR@/records.json", format="json")], env=b.env) as s:
            b.wait_owned()
            part(s, whole, begun).reset()
            n = 1 + bool(whole)
            h.wait_for(lambda s=s, n=n: len(s.records()) == n, "what came")
            last = s.records()[-1]
            assert last.text.endswith(b"\\[cut off]") and bytes(last).split(b" ")[-1] in begun, (framing, last)
            first, *_, cut_off = [{}] * (2 - n) + h.json_records(s.path("records.json"))
            assert cut_off["cut_off"] is True and "cut_off" not in first, (first, cut_off)
            h.wait_for(lambda b=b, n=n: b.rows("listeners")[0]["recorded"] == n, "the count of what came")
            (row,) = b.rows("listeners")
            assert row["cut_off"] == 1 and row["received"] == n, row
            s.wait_line("ended in the middle of a message, which is recorded as cut off")
            s.stop()


def test_reset_that_a_receipt_meets():
    """The kernel tells of a reset once: whether it tells the one who sends or the one who reads is the same."""
    for framing, whole in (("line", b"x\n"), ("nul", b"x\0")):
        with h.Sockd([h.tcp(framing=framing, acknowledge="received", message_timeout=0)]) as s, s.connect() as c:
            c.send(whole).receipts(1)
            s.signal(signal.SIGSTOP)
            c.send(whole + b"transfer amount 10").reset()
            s.signal(signal.SIGCONT)
            assert [r.text for r in s.wait_records(3)] == [b"x", b"x", b"transfer amount 10\\[cut off]"], framing
            s.stop()


def test_end_inside_a_frame():
    for framing, (keys, whole, begun) in CASES.items():
        with h.Sockd([h.tcp(framing=framing, **keys)]) as s:
            c = part(s, whole, begun)
            receipts = h.ids_of(c.finish().rest())
            h.wait_for(lambda s=s, n=1 + bool(whole): len(s.records()) == n, "what came")
            marked = s.records()[-1].text.endswith(b"\\[cut off]")
            assert marked == (framing in WITH_FIN), framing
            assert len(receipts) == (not marked), "the mark takes the place of a receipt"
            s.stop()


def test_journal():
    journald = h.Journald()
    with h.Sockd([h.tcp(framing="octet-counted")], outputs=[h.journal()]) as s, s.connect() as c:
        c.send(b"9 half").finish().rest()
        entry = journald.entry()
        assert entry[b"SOCKD_CUT_OFF"] == b"1" and entry[b"SOCKD_MESSAGE"] == b"half", entry
        assert entry[b"MESSAGE"].endswith(b" half\\[cut off]"), entry
        s.stop()
    journald.close()


def test_cannot_be_forged():
    with h.Sockd() as s, s.connect() as c:
        c.send(b"x\\[cut off]\n").receipts(1)
        assert s.records()[0].text == b"x\\\\[cut off]"
        s.stop()


def test_urgent_data():
    """A byte that is sent out of band is in its place."""
    with h.Sockd() as s, s.connect() as c:
        c.send(b"transfer amount 1")
        c.socket.send(b"0", h.socket.MSG_OOB)
        c.send(b"00\n").receipts(1)
        assert bytes(s.records()[0]) == b"transfer amount 1000"
        s.stop()


if __name__ == "__main__":
    h.main()
