#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A file output with format "json"; clients send text, bytes that are not UTF-8, and too much.
Every line is valid JSON with the documented keys in the documented order, from which what was sent
can be recovered."""

import base64
import json

import harness as h

KEYS = ["time", "id", "listener", "protocol", "peer_address", "peer_port", "local_address", "local_port", "size"]
OUTPUT = [h.file(format="json")]


def one(s, n, i):
    h.wait_for(lambda: h.count_lines(s.log) >= n, f"{n} records")
    return h.lines_of(s.log)[i]


def test_keys():
    with h.Sockd([h.tcp(), h.udp()], OUTPUT) as s:
        with s.connect() as c, s.datagrams() as d:
            ids = c.send(b"over tcp\n").receipts(1)
            ids.append(h.receipt_id(d.ask(b"over udp, long enough for all of a receipt")))
            for line, kind, client, text, receipt in [
                    (one(s, 2, 0), "tcp", c, "over tcp", ids[0]),
                    (one(s, 2, 1), "udp", d, "over udp, long enough for all of a receipt", ids[1])]:
                found = json.loads(line)
                assert list(found) == KEYS + ["message"], list(found)
                assert h.TIME.fullmatch(found["time"].encode())
                assert found["id"].encode() == receipt
                assert found["listener"] == kind and found["protocol"] == kind
                assert (found["peer_address"], found["peer_port"]) == client.socket.getsockname()
                assert (found["local_address"], found["local_port"]) == s.address(kind)
                assert found["size"] == len(text) and found["message"] == text
        s.stop()


def test_bytes():
    cases = [b'quotes " and \\ backslash', b"\x00\x01\x1f\x7f\t\r!", "Grüße 🙂 \u2028\u202e\x85".encode(), b"\xff\xfe",
             b"half \xe2\x82"]
    with h.Sockd([h.tcp(framing="octet-counted")], OUTPUT) as s, s.connect() as c:
        c.send(b"".join(b"%d %s" % (len(m), m) for m in cases)).receipts(len(cases))
        for line, sent in zip(h.lines_of(s.log), cases):
            found = json.loads(line)
            got = (base64.b64decode(found["message_base64"], validate=True) if "message_base64" in found
                   else found["message"].encode())
            assert got == sent, (line, sent)
            assert list(found)[:-1] == KEYS
            assert all(b >= 0x20 and b != 0x7f for b in line), line
            for raw in ["\x85", "\u2028", "\u202e"]:
                assert raw.encode() not in line
        s.stop()


def test_truncated():
    with h.Sockd(outputs=OUTPUT, top="limits = { message_size = 4; };") as s, s.connect() as c:
        c.send(b"0123456789\nabc\n")
        c.line(), c.line()
        cut, whole = h.json_records(s.log)
        assert list(cut) == KEYS + ["truncated", "message"], list(cut)
        assert cut["truncated"] is True and cut["size"] == 10 and cut["message"] == "0123"
        assert "truncated" not in whole and whole["size"] == 3
        s.stop()


def test_ipv6():
    with h.Sockd([h.tcp(address="::1")], OUTPUT) as s, s.connect() as c:
        c.send(b"x\n").receipts(1)
        (found,) = h.json_records(s.log)
        assert found["peer_address"] == "::1" and found["local_address"] == "::1"
        s.stop()


if __name__ == "__main__":
    h.main()
