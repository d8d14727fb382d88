#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A user pipes text into "sockctl send": each line is one message, including long lines and a last
one without LF; the messages are pipelined over one connection and each receipt is printed."""

import resource
import subprocess

import harness as h
import servers


def test_each_line_is_a_message():
    with h.Sockd() as s:
        r = servers.sockctl("send", "-p", str(s.port()), stdin=b"one\n\n three \nfour")
        assert r.code == 0 and r.err == "", r
        assert h.ids_of(r.out) == [x.id for x in s.records()]
        assert [bytes(x) for x in s.records()] == [b"one", b"", b" three ", b"four"]
        s.stop()


def test_nothing_to_send():
    with h.Sockd() as s:
        assert servers.sockctl("send", "-p", str(s.port()), stdin=b"") == (0, b"", "")
        assert s.records() == []
        s.stop()


def test_many_lines_over_one_connection():
    lines = b"".join(b"line %d\n" % i for i in range(200000))
    with servers.Server(servers.answer_lines) as s:
        r = servers.send(s, stdin=lines)
        assert r.code == 0 and r.out == b"ok\n" * 200000, r.err
        assert s.one() == lines


def test_a_line_is_sent_when_it_comes():
    with servers.Server(servers.answer_lines) as s:
        p = servers.start("send", "-p", str(s.port), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for i in range(5):
            p.stdin.write(b"%d\n" % i)
            p.stdin.flush()
            assert p.stdout.readline() == b"ok\n"
        p.communicate(timeout=h.DEADLINE)
        assert p.returncode == 0


def test_both_sides_with_full_buffers():
    """The server stops reading while its receipts are not read."""
    lines, reply = b"x\n" * 50000, b"ok " + b"r" * 500 + b"\n"
    with servers.Server(lambda c: servers.answer_lines(c, reply), receive_buffer=4096) as s:
        r = servers.send(s, stdin=lines)
        assert r.code == 0 and r.out == reply * 50000, r.err
        assert s.one() == lines


def count(connection):
    """Answers at the end only; keeps nothing."""
    n = 0
    while part := connection.recv(1 << 20):
        n += len(part)
    connection.sendall(b"ok\n")
    return n


def test_memory_does_not_grow_with_the_line():
    if h.SANITIZED:
        raise h.Skip("a sanitizer needs much more memory than sockctl")
    size = 200 << 20

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (16 << 20, 16 << 20))
    with servers.Server(count) as s:
        p = servers.start("send", "-p", str(s.port), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          preexec_fn=limit)
        for _ in range(size >> 20):
            p.stdin.write(b"x" * (1 << 20))
        out, _ = p.communicate(timeout=h.DEADLINE)
        assert p.returncode == 0 and out == b"ok\n"
        assert s.one() == size + 1


if __name__ == "__main__":
    h.main()
