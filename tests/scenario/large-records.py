#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Messages whose records are larger than all buffers of the outputs: each is recorded and
acknowledged, one after the other."""

import harness as h


def test_two_outputs():
    with h.Sockd(outputs=[h.file(), h.file(path="@DIR@/second.json", format="json")],
                 top="limits = { memory = 4194304; };") as s:
        for _ in range(3):
            with s.connect() as c:
                c.send(b"\1" * 65536 + b"\n").receipts(1)
        s.stop()


def test_one_output():
    with h.Sockd(top="limits = { memory = 4194304; message_size = 1048576; };") as s:
        with s.connect() as c:
            for _ in range(3):
                c.send(b"a" * 1048576 + b"\n").receipts(1)
        s.stop()
        assert len(s.records()) == 3


def test_nobody_waits():
    """An idle "drop" output takes a record of any size."""
    with h.Sockd(outputs=[h.file(), h.file(path="@DIR@/second.log", when_full="drop")],
                 top="limits = { memory = 4194304; message_size = 1048576; };") as s:
        with s.connect() as c:
            c.send(b"a" * 1048576 + b"\n").receipts(1)
        s.stop()
        assert s.outputs()[s.path("second.log")].dropped == 0


if __name__ == "__main__":
    h.main()
