#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A TCP and a UDP listener; clients send control bytes, terminal sequences, NUL, invalid UTF-8, and
text that looks like records. Every record is one printable line from which the bytes sent can be
recovered exactly."""

import random
import re
import unicodedata

import harness as h

CASES = [b"\x1b[2J\x1b]0;title\x07", b"NUL \0 inside", b"\xff\xfe\x80\x81", b"\xc0\xaf \xed\xa0\x80 \xf4\x90\x80\x80",
         "Grüße 안녕 🙂".encode(), "\u2028\u2029\x85\u202e\u2066".encode(), b"back\\slash \\n \\x41",
         b"2026-11-22T10:34:00.123456Z tcp 192.0.2.7:51234 1k9f3a2b-17 forged", b"\r", b"\t tab",
         b"\x7f", b"  spaces  ", b"%s%n%p", b"\xe2\x82", "\u00a0".encode()]

DANGEROUS = "\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def check_printable(text):
    for c in text.decode("utf-8"):
        assert c.isprintable() or unicodedata.category(c) in ("Zs", "Cf", "Cn", "Co"), (c, text)
        assert not 0x80 <= ord(c) < 0xa0 and c not in DANGEROUS


def check(found, sent):
    assert [bytes(r) for r in found] == sent
    for r in found:
        check_printable(r.text)


def test_tcp():
    with h.Sockd() as s, s.connect() as c:
        c.send(b"".join(m + b"\n" for m in CASES)).receipts(len(CASES))
        expected = [m[:-1] if m.endswith(b"\r") else m for m in CASES]
        check(s.records(), expected)
        s.stop()


def test_udp():
    with h.Sockd([h.udp(reply="")]) as s, s.datagrams() as c:
        sent = [m + b"\nsecond line" for m in CASES]
        for m in sent:
            c.send(m)
        check(s.wait_records(len(sent)), sent)
        s.stop()


def test_escapes():
    with h.Sockd([h.udp(reply="")]) as s, s.datagrams() as c:
        c.send(b"a\nb\rc\td\\e\x1bf\xffg\x00h")
        (found,) = s.wait_records(1)
        assert found.text == b"a\\nb\\rc\\td\\\\e\\x1bf\\xffg\\x00h", found
        s.stop()


def test_random():
    random.seed(1)
    sent = [bytes(random.choices(range(256), k=random.randrange(1, 200))) for _ in range(2000)]
    with h.Sockd([h.tcp(framing="octet-counted")]) as s, s.connect() as c:
        c.send(b"".join(b"%d %s" % (len(m), m) for m in sent)).finish()
        assert len(h.ids_of(c.rest())) == len(sent)
        check(s.records(), [re.sub(rb"\r?\n\Z", b"", m) for m in sent])
        s.stop()


if __name__ == "__main__":
    h.main()
