#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Many TCP clients each send a large part of a message and no end: beyond half of limits.memory the
stream with the oldest rest is closed, named in the log, and memory stays bounded; the newest
clients are served."""

import harness as h


def test_oldest_goes():
    top = "limits = { message_size = 1048576; memory = 4194304; };\nworkers = 1;"
    with h.Sockd([h.tcp(message_timeout=0)], top=top) as s:
        clients = []
        for _ in range(8):
            c = s.connect()
            clients.append(c.send(b"x" * 1000000))
        newest = clients.pop()
        s.wait_line(r"unterminated.*" + clients[0].name.decode())
        try:
            clients[0].rest()
        except ConnectionResetError:
            pass
        newest.send(b"end\n").line()
        if not h.SANITIZED:
            assert s.memory_peak() < 24 << 20, s.memory_peak()
        for c in [newest, *clients]:
            c.close()
        s.stop()


if __name__ == "__main__":
    h.main()
