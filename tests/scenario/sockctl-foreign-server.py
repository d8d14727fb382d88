#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A user talks to servers that are not sockd: they answer without a newline, in pieces, late, more
than once, only at the end, or send a greeting first. Whatever they send is printed, and is a
receipt."""

import harness as h
import servers

FOREVER = "3600"  # a test would not survive it


def test_classic_server():
    with servers.Server(servers.classic) as s:
        assert servers.send(s, "hello") == (0, b"Message received\n", "")
        assert s.one() == b"hello\n"


def test_no_newline_and_stays_open():
    def serve(c):
        c.recv(4096)
        c.sendall(b"thanks")
        return servers.read_all(c)
    with servers.Server(serve) as s:
        assert servers.send(s, "-w", FOREVER, "hello") == (0, b"thanks\n", "")


def test_newline_and_stays_open():
    def serve(c):
        c.recv(4096)
        c.sendall(b"thanks\r\n")
        s.hold(c)
    with servers.Server(serve) as s:
        assert servers.send(s, "-w", FOREVER, "hello") == (0, b"thanks\n", "")


def test_reply_in_pieces():
    def serve(c):
        c.recv(4096)
        for byte in b"error":
            c.sendall(bytes([byte]))
            s.released.wait(0.05)
        s.released.wait(0.5)  # longer than any silence that ends a reply
        c.sendall(b" 7 not stored\n")
    with servers.Server(serve) as s:
        r = servers.send(s, "hello")
        assert r.code == 1 and r.out == b"error 7 not stored\n", r


def test_each_message_answered_without_newline():
    """Such replies can only be told apart if messages are sent one by one."""
    def serve(c):
        got = []
        while data := c.recv(4096):
            got.append(data)
            c.sendall(b"reply %d" % len(got))
        return got
    with servers.Server(serve) as s:
        r = servers.send(s, stdin=b"a\nb\nc\n")
        assert r == (0, b"reply 1\nreply 2\nreply 3\n", "")
        assert s.one() == [b"a\n", b"b\n", b"c\n"]


def test_answers_only_at_the_end():
    def serve(c):
        data = servers.read_all(c)
        c.sendall(b"ok\n" * data.count(b"\n"))
        return data
    with servers.Server(serve) as s:
        assert servers.send(s, stdin=b"a\nb\nc\n") == (0, b"ok\n" * 3, "")


def test_more_than_one_line():
    def serve(c):
        c.recv(4096)
        c.sendall(b"first\nsecond\nthird")
    with servers.Server(serve) as s:
        assert servers.send(s, "hello") == (0, b"first\nsecond\nthird\n", "")


def test_talks_without_end():
    def serve(c):
        try:
            while True:
                c.sendall(b"more\n" * 1000)
        except OSError:
            pass
    with servers.Server(serve) as s:
        r = servers.send(s, "-w", "0.5", "hello")
        assert r.code == 0 and r.out.startswith(b"more\nmore\n"), r.err


def test_long_reply_is_cut():
    def serve(c):
        c.recv(4096)
        c.sendall(b"x" * 1000000 + b"\nnext\n")
        return servers.read_all(c)
    with servers.Server(serve) as s:
        r = servers.send(s, stdin=b"a\nb\n")
        assert r.code == 0, r.err
        lines = r.out.split(b"\n")
        assert lines[1:] == [b"next", b""] and 1000 <= len(lines[0]) < 1000000, len(r.out)


if __name__ == "__main__":
    h.main()
