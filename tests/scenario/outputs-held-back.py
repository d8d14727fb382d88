#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Many clients send more than the buffers hold while flushes are in progress. Clients with receipts
are held back, and every message is acknowledged and recorded once. Clients without receipts are
not: they do not wait for a flush, and messages that could not be written again when the file is
taken away are counted."""

import os
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


def send_without_receipts(s, clients):
    """Returns how many messages were sent; a client is done when its end was seen."""
    lines = b"".join(b"%d %s\n" % (i, b"y" * 120) for i in range(LINES))

    def one():
        with s.connect() as c:
            c.send(lines).finish().rest()

    threads = [threading.Thread(target=one) for _ in range(clients)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return clients * LINES


def test_without_receipts():
    with h.Sockd([h.tcp(reply="")], top="limits = { memory = 4194304; }; workers = 1;") as s:
        n = send_without_receipts(s, CLIENTS)
        s.stop()
        records = s.records()
        assert len(records) == len({r.id for r in records}) == n
        c = s.counters()["tcp"]
        assert (c.received, c.recorded, c.failed, c.waiting) == (n, n, 0, 0), c


def test_file_removed():
    with h.Sockd([h.tcp(reply="")], top="limits = { memory = 4194304; }; workers = 1;") as s:
        n = send_without_receipts(s, 2)
        os.unlink(s.path("messages.log"))
        n += send_without_receipts(s, 2)
        s.signal(h.signal.SIGTERM)
        assert s.wait_exit() in (0, 1)
        c = s.counters()["tcp"]
        assert c.received == n == c.recorded + c.failed and c.waiting == 0, c
        assert len(s.records()) >= n - c.failed - 2 * LINES, c


if __name__ == "__main__":
    h.main()
