#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Many TCP clients each send a large part of a message and no end: beyond half of limits.memory the
stream with the oldest partial message is closed, the log names it, memory stays bounded, and the
newest clients are served."""

import threading

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


def test_logged_even_if_a_peer_was_refused_just_before():
    """Each kind of event has a limit of its own."""
    top = "limits = { message_size = 1048576; memory = 4194304; connections_per_peer = 4; };\nworkers = 1;"
    with h.Sockd([h.tcp(message_timeout=0)], top=top) as s:
        clients = [s.connect() for _ in range(4)]
        assert s.connect().rest() == b""
        s.wait_line("connections_per_peer.* reached, connection rejected")
        for c in clients:
            c.send(b"x" * 1000000)
        s.wait_line("unterminated messages fill half of limits.memory")
        for c in clients:
            c.close()
        s.stop()


def test_time_is_over_while_outputs_have_no_room():
    """Rests whose silence has lasted long enough wait for room like everything else: as records they
    are four times as long."""
    top = "limits = { memory = 16777216; };\nworkers = 1;"
    delayed = h.delayed("fdatasync", env={"WATCHDOG_USEC": "400000"})
    with h.Sockd([h.tcp(message_timeout=0.2)], top=top, **delayed) as s, \
            s.connect() as first, s.connect() as c:
        first.send(b"one\n")  # its flush takes long
        lines = b"z" * 1000 + b"\n"
        sender = threading.Thread(target=c.send, args=(lines * 8000,))
        sender.start()
        clients = [s.connect().send(b"\x01" * 60000) for _ in range(130)]
        h.wait_for(lambda: s.unread(c) > 0, "no room")
        s.told()
        for _ in range(4):
            s.wait_told("WATCHDOG=1")  # each 0.1 s, by sockd's clock
        s.release()
        first.receipts(1)
        c.receipts(8000)
        sender.join()
        for r in clients:
            r.receipts(1)
            r.close()
        if not h.SANITIZED:
            assert s.memory_peak() < (16 + 16) << 20, s.memory_peak()
        s.stop()
        assert len(s.records()) == 1 + 8000 + 130


if __name__ == "__main__":
    h.main()
