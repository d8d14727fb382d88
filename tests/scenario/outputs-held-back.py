#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Many clients send more than the buffers hold while flushes are under way: they are held back, and
every message is receipted and recorded once."""

import threading

import harness as h

CLIENTS, LINES = 20, 8000


def one_client(server, number, got):
    with server.connect() as c:
        lines = b"".join(b"%d.%d %s\n" % (number, i, b"x" * 120) for i in range(LINES))
        sender = threading.Thread(target=c.send, args=(lines,))
        sender.start()
        got[number] = c.receipts(LINES)
        sender.join()


def test_held_back():
    with h.Sockd(top="limits = { memory = 4194304; }; workers = 1;") as s:
        got = [None] * CLIENTS
        clients = [threading.Thread(target=one_client, args=(s, i, got)) for i in range(CLIENTS)]
        for t in clients:
            t.start()
        for t in clients:
            t.join()
        ids = [i for ids in got for i in ids]
        assert len(set(ids)) == CLIENTS * LINES
        assert sorted(ids) == sorted(r.id for r in s.records())
        s.stop()


if __name__ == "__main__":
    h.main()
