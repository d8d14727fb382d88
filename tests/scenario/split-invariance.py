#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A TCP client sends the same bytes once in one piece and once byte by byte, each byte read by
sockd before the next: the messages are the same."""

import harness as h

CASES = {
    "line": [b"one\ntwo\r\n\r\n\n\rx\r\r\nrest", b"\r\n", b"\r", b"a\r", "é🙂\n\u2028".encode()],
    "nul": [b"one\0\0two\nthree\0rest"],
    "octet-counted": [b"5 hello1 x10 ten\nbytes\r\n", b"3 a b", b"1 x2 y", b"1 x9a"],
    "eof": [b"a\nb\0c"],
}


def messages(s, data, step):
    """What DATA became when sent STEP bytes at a time, and how many receipts there were."""
    before = len(s.records())
    with s.connect() as c:
        for i in range(0, len(data), step):
            c.send(data[i:i + step])
            if step < len(data):
                h.wait_for(lambda: unread(s, c) == 0, "sockd to read")
        n = len(h.ids_of(c.finish().rest()))
    found = s.records()[before:]
    assert n == len(found)
    return [bytes(r) for r in found]


def unread(s, client):
    """Bytes in the receive queue of sockd's end; 0 also when that end is closed."""
    local, remote = s.port(), client.socket.getsockname()[1]
    with open("/proc/net/tcp", encoding="ascii") as f:
        for line in list(f)[1:]:
            field = line.split()
            if field[1].endswith(f":{local:04X}") and field[2].endswith(f":{remote:04X}"):
                return int(field[4].split(":")[1], 16)
    return 0


def run(framing):
    timeout = {"message_timeout": 0} if framing in ("line", "nul") else {}
    with h.Sockd([h.tcp(framing=framing, **timeout)]) as s:
        for data in CASES[framing]:
            whole = messages(s, data, len(data))
            assert whole
            assert messages(s, data, 1) == whole, data
        s.stop()


def test_line():
    run("line")


def test_nul():
    run("nul")


def test_octet_counted():
    run("octet-counted")


def test_eof():
    run("eof")


def test_cut_once_everywhere():
    data = b"one\ntwo\r\n\r\nx\r\r\nrest\r"
    with h.Sockd([h.tcp(message_timeout=0)], top="limits = { message_size = 2; };") as s:
        whole = None
        for cut in range(len(data)):
            before = len(s.records())
            with s.connect() as c:
                c.send(data[:cut])
                h.wait_for(lambda: unread(s, c) == 0, "sockd to read")
                c.send(data[cut:]).finish().rest()
            found = [r.text for r in s.records()[before:]]
            whole = whole or found
            assert found == whole, cut
        s.stop()


if __name__ == "__main__":
    h.main()
