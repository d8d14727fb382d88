#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A TCP client sends one line of 200 MiB: it is truncated, its original size is recorded, the next
line is whole, and the memory of sockd stays flat. Afterwards a UDP client and other streams work as
before."""

import harness as h

SIZE = 200 << 20


def test_memory_stays_flat():
    with h.Sockd() as s, s.connect() as c:
        c.send(b"warm up\n").receipts(1)
        before = s.memory_peak()
        piece = b"x" * (1 << 20)
        for _ in range(SIZE // len(piece)):
            c.send(piece)
        c.send(b"\nnext\n")
        assert h.RECEIPT.fullmatch(c.line()).group(3) == b" truncated"
        c.receipts(1)
        _, cut, after = s.records()
        assert h.true_size(cut.text) == SIZE and bytes(cut) == b"x" * 65536
        assert bytes(after) == b"next"
        grown = s.memory_peak() - before
        assert h.SANITIZED or grown < 4 << 20, f"{grown} bytes more"
        s.stop()


if __name__ == "__main__":
    h.main()
