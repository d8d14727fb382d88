#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Outputs are the journal and a file, and journald is there but reads nothing; clients send more
than its queue takes and get all their durable receipts. The rest is dropped for the journal and
counted."""

import harness as h

h.in_namespace()


def test_file_clients_are_served():
    n = 200000
    journald = h.Journald(receive_buffer=4096)
    with h.Sockd(outputs=[h.journal(), h.file()]) as s, s.connect() as c:
        # In steps, for this client does not read while it sends.
        for i in range(0, n, 1000):
            c.send(b"message\n" * 1000).receipts(1000)
        assert h.count_lines(s.log) == n
        s.stop()
        account = s.outputs()
        assert account[s.log].recorded == n
        assert account["journal"].recorded < n
        assert sum(account["journal"]) == n, account
        assert s.counters()["tcp"].recorded == n
    journald.close()


if __name__ == "__main__":
    h.main()
