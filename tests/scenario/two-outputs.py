#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Two files, text and JSON; clients on TCP and UDP. Every message appears in both, with the ID of
its receipt."""

import harness as h


def test_same_ids():
    outputs = [h.file(), h.file(path="@DIR@/messages.json", format="json")]
    with h.Sockd([h.tcp(), h.udp()], outputs) as s, s.connect() as c, s.datagrams() as d:
        ids = c.send(b"message\n" * 500).receipts(500)
        ids += [h.receipt_id(d.ask(b"a datagram that is long enough")) for _ in range(50)]
        text = {r.id: bytes(r) for r in s.records()}
        found = {r["id"].encode(): r["message"].encode() for r in h.json_records(s.path("messages.json"))}
        assert len(text) == 550 and text == found
        assert set(ids) == set(text)
        s.stop()


if __name__ == "__main__":
    h.main()
