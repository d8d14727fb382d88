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


def send_to_listener(server, reply, *args, protocol="tcp"):
    """To a listener of the config file, where another server listens."""
    text = h.config_text([h.settings(name="mine", protocol=protocol, address=server.host, port=server.port,
                                     reply=reply)])
    with servers.config(text) as path:
        return servers.sockctl("-c", path, "send", "-l", "mine", *args)


def test_torn_refusal():
    """The connection ends before the refusal does."""
    for torn in (b"err", b"error", b"error 1k9f3a2b-17 not sto"):
        for reply in (None, "ok %i %l\n", "ok %i %l"):
            with servers.Server(lambda c, torn=torn: (c.recv(4096), c.sendall(torn))) as s:
                r = servers.send(s, "hello") if reply is None else send_to_listener(s, reply, "hello")
                assert r.code == 1 and r.out == torn + b"\n" and "refused the message" in r.err, (torn, reply, r)


def test_torn_receipt():
    with servers.Server(lambda c: (c.recv(4096), c.sendall(b"ok 1k9f3a2b-17 dur"))) as s:
        r = send_to_listener(s, "ok %i %l\n", "hello")
        assert r.code == 1 and r.out == b"ok 1k9f3a2b-17 dur\n" and "before sending the receipt" in r.err, r


def test_banner_in_place_of_a_receipt():
    """Where the config file says what a receipt looks like."""
    def serve(c):
        c.sendall(b"220 mail.example.com ESMTP\r\n")
        return servers.read_all(c)
    with servers.Server(serve) as s:
        r = send_to_listener(s, "ok %i %l\n", "hello")
        assert r.code == 1 and r.out == b"220 mail.example.com ESMTP\n" and "no receipt of this listener" in r.err, r
        assert servers.send(s, "hello") == (0, b"220 mail.example.com ESMTP\n", ""), "nothing is known about it"


def test_datagram_that_is_no_receipt():
    with servers.DatagramServer(lambda data: [b"ok, what else"]) as s:
        r = send_to_listener(s, "ok %i %l\n", "hello", protocol="udp")
        assert r.code == 1 and r.out == b"ok, what else\n" and "no receipt of this listener" in r.err, r
    with servers.DatagramServer(lambda data: [b"ok 17 durable"]) as s:
        assert send_to_listener(s, "ok %i %l\n", "hello, long enough", protocol="udp").code == 0


if __name__ == "__main__":
    h.main()
