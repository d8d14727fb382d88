#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Many TCP clients with acknowledge "durable"; sockd is killed while they send. Every id that a
client holds in a receipt is in the file, exactly once."""

import threading

import harness as h


def test_kill():
    clients = 8
    with h.Sockd([h.tcp(acknowledge="durable")]) as s:
        ids = [[] for _ in range(clients)]
        enough = threading.Event()

        def run(mine):
            try:
                with s.connect() as c:
                    while True:
                        mine += c.send(b"message that must not get lost\n" * 50).receipts(50)
                        if len(mine) > 2000:
                            enough.set()
            except (OSError, AssertionError):
                pass  # it was killed

        threads = [threading.Thread(target=run, args=(mine,)) for mine in ids]
        for t in threads:
            t.start()
        assert enough.wait(h.DEADLINE)
        s.kill()
        for t in threads:
            t.join()
        found = [line.split(b" ", 4)[3] for line in h.lines_of(s.log)]
        assert len(found) == len(set(found))
        lost = set().union(*ids) - set(found)
        assert not lost, f"{len(lost)} receipted messages are not in the file"


if __name__ == "__main__":
    h.main()
