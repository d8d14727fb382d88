#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Clients send as fast as they can while the status that sockd reports to the service manager is
read: at any moment, received = recorded + refused + failed + waiting."""

import threading

import harness as h

LOOKS = 3
CLIENTS = 4


def send_until(s, over):
    with s.connect() as c:
        while not over.is_set():
            c.send(b"message\n" * 1000).receipts(1000)


def test_under_load():
    with h.Sockd(top="workers = 2;") as s:
        over = threading.Event()
        clients = [threading.Thread(target=send_until, args=(s, over)) for _ in range(CLIENTS)]
        for t in clients:
            t.start()
        s.told()
        seen = 0
        for _ in range(LOOKS):
            received, *fates = map(int, s.wait_told(h.STATUS).groups())
            assert received == sum(fates), (received, fates)
            assert fates[-1] <= CLIENTS * 1000, fates
            assert received >= seen
            seen = received
        assert seen > 0
        over.set()
        for t in clients:
            t.join()
        s.stop()


if __name__ == "__main__":
    h.main()
