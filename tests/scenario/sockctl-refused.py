#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A server refuses messages with "error ...", or closes before the receipt: sockctl prints what it
received and exits with 1, whether or not the other messages were accepted."""

import harness as h
import servers


def test_error_receipt():
    with servers.Server(lambda c: servers.answer_lines(c, b"error 1 not stored: No space\n")) as s:
        r = servers.send(s, "hello")
        assert r.code == 1 and r.out == b"error 1 not stored: No space\n", r
        assert r.err.count("\n") == 1 and "refused" in r.err, r.err


def test_one_of_many():
    def serve(c):
        data = servers.read_all(c)
        c.sendall(b"ok 1\nerror 2 not stored: x\nok 3\n")
        return data
    with servers.Server(serve) as s:
        r = servers.send(s, stdin=b"a\nb\nc\n")
        assert r.code == 1 and r.out == b"ok 1\nerror 2 not stored: x\nok 3\n", r
        assert "1 of 3" in r.err, r.err


def test_error_is_a_whole_word():
    for reply in (b"errors are fine\n", b"Error 5\n", b"an error \n"):
        with servers.Server(lambda c, reply=reply: servers.answer_lines(c, reply)) as s:
            assert servers.send(s, "hello") == (0, reply, "")


def test_error_without_newline():
    def serve(c):
        c.recv(4096)
        c.sendall(b"error no")
    with servers.Server(serve) as s:
        r = servers.send(s, "hello")
        assert r.code == 1 and r.out == b"error no\n", r


def test_closes_without_a_word():
    with servers.Server(lambda c: c.recv(4096)) as s:
        r = servers.send(s, "hello")
        assert r.code == 1 and r.out == b"", r
        assert r.err.startswith("sockctl: 127.0.0.1:") and "closed" in r.err, r.err


def test_resets():
    def serve(c):
        c.recv(4096)
        servers.reset(c)
    with servers.Server(serve) as s:
        r = servers.send(s, "hello")
        assert r.code == 1 and r.out == b"" and "reset" in r.err, r


def test_closes_after_the_first_of_many():
    with servers.Server(servers.classic) as s:
        r = servers.send(s, stdin=b"a\nb\nc\n")
        assert r.code == 1 and r.out == b"Message received\n", r


def test_udp():
    with servers.DatagramServer(lambda data: [b"error 1 not"]) as s:
        r = servers.send(s, "-u", "hello")
        assert r.code == 1 and r.out == b"error 1 not\n", r


if __name__ == "__main__":
    h.main()
