#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A socket takes the place of journald; clients send text, bytes, a very long message, and one that
is too long. Each entry has the documented fields, SOCKD_MESSAGE holds the bytes as sent, and an
entry is acknowledged only when the journal has accepted it."""

import re

import harness as h

h.in_namespace()

FIELDS = {b"MESSAGE", b"MESSAGE_ID", b"PRIORITY", b"SYSLOG_IDENTIFIER", b"SOCKD_ID", b"SOCKD_LISTENER",
          b"SOCKD_PROTOCOL", b"SOCKD_PEER_ADDRESS", b"SOCKD_PEER_PORT", b"SOCKD_LOCAL_ADDRESS", b"SOCKD_LOCAL_PORT",
          b"SOCKD_TIME_USEC",
          b"SOCKD_SIZE", b"SOCKD_MESSAGE"}


def test_fields():
    journald = h.Journald()
    with h.Sockd(outputs=[h.journal()]) as s, s.connect() as c:
        receipt = c.send(b"hello\tworld\n").line()
        assert h.RECEIPT.fullmatch(receipt).group(2) == b"written", receipt
        entry = journald.entry()
        host, port = s.address()
        peer_host, peer_port = c.socket.getsockname()
        assert set(entry) == FIELDS, set(entry) ^ FIELDS
        assert entry[b"MESSAGE"] == c.name + b" hello\\tworld"
        assert re.fullmatch(rb"[0-9a-f]{32}", entry[b"MESSAGE_ID"])
        assert entry[b"PRIORITY"] == b"6" and entry[b"SYSLOG_IDENTIFIER"] == b"sockd"
        assert entry[b"SOCKD_ID"] == h.receipt_id(receipt)
        assert entry[b"SOCKD_LISTENER"] == b"tcp" and entry[b"SOCKD_PROTOCOL"] == b"tcp"
        assert entry[b"SOCKD_PEER_ADDRESS"] == peer_host.encode()
        assert entry[b"SOCKD_PEER_PORT"] == b"%d" % peer_port
        assert entry[b"SOCKD_LOCAL_ADDRESS"] == host.encode()
        assert entry[b"SOCKD_LOCAL_PORT"] == b"%d" % port
        assert entry[b"SOCKD_SIZE"] == b"11" and entry[b"SOCKD_MESSAGE"] == b"hello\tworld"
        assert re.fullmatch(rb"\d{16}", entry[b"SOCKD_TIME_USEC"])
        s.stop()
        assert s.outputs()["journal"].recorded == 1
    journald.close()


def test_bytes_as_sent():
    journald = h.Journald()
    sent = [bytes(range(256)), b"", b"two\nlines\nSOCKD_ID=forged\nMESSAGE=forged", b"\n", b"x" * 60000]
    with h.Sockd([h.udp(reply="")], [h.journal()]) as s, s.datagrams() as c:
        for m in sent:
            c.send(m + b"\n")
            entry = journald.entry()
            assert entry[b"SOCKD_MESSAGE"] == m
            assert h.unescape(entry[b"MESSAGE"].partition(b" ")[2]) == m
        s.stop()
    journald.close()


def test_larger_than_a_datagram():
    journald = h.Journald()
    top = "limits = { message_size = 4000000; };"
    with h.Sockd(outputs=[h.journal()], top=top) as s, s.connect() as c:
        sent = b"\x01" * 3000000
        c.send(sent + b"\n").receipts(1)
        entry = journald.entry()
        assert entry[b"SOCKD_MESSAGE"] == sent and entry[b"SOCKD_SIZE"] == b"3000000"
        s.stop()
    journald.close()


def test_timed_out():
    journald = h.Journald()
    with h.Sockd([h.tcp(message_timeout=0.2)], outputs=[h.journal()]) as s, s.connect() as c:
        c.send(b"no newline").receipts(1)
        entry = journald.entry()
        assert set(entry) == FIELDS | {b"SOCKD_TIMED_OUT"}
        assert entry[b"SOCKD_TIMED_OUT"] == b"1" and entry[b"SOCKD_MESSAGE"] == b"no newline"
        s.stop()
    journald.close()


def test_truncated():
    journald = h.Journald()
    with h.Sockd(outputs=[h.journal()], top="limits = { message_size = 4; };") as s, s.connect() as c:
        c.send(b"0123456789\n").receipts(1)
        entry = journald.entry()
        assert set(entry) == FIELDS | {b"SOCKD_TRUNCATED"}
        assert entry[b"SOCKD_TRUNCATED"] == b"1" and entry[b"SOCKD_SIZE"] == b"10"
        assert entry[b"SOCKD_MESSAGE"] == b"0123"
        assert entry[b"MESSAGE"].endswith(b" 0123\\[truncated 10 bytes]"), entry[b"MESSAGE"]
        s.stop()
    journald.close()


if __name__ == "__main__":
    h.main()
