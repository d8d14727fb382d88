#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Standard output cannot take the receipts, or standard input cannot be read: sockctl says so and
fails; it still waits for the receipts of what was sent."""

import contextlib
import os
import signal
import subprocess

import harness as h
import servers


def test_full_device():
    with servers.Server(servers.answer_lines) as s, open("/dev/full", "wb") as full:
        r = servers.send(s, "hello", stdout=full)
        assert r.code == 1 and "No space left" in r.err and r.err.count("\n") == 1, r
        assert s.one() == b"hello\n"


def test_closed_pipe():
    read, write = os.pipe()
    os.close(read)
    with servers.Server(servers.answer_lines) as s, os.fdopen(write, "wb") as pipe:
        r = servers.send(s, stdin=b"x\n" * 100000, stdout=pipe)
        assert r.code == 1 and "Broken pipe" in r.err, r


def test_reader_that_has_enough():
    """sockctl metrics | head: no error message, as with any other tool; a full disk is different."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as pipe:
        r = servers.sockctl("--help", stdout=pipe)
        assert r.code == -signal.SIGPIPE and r.err == "", r
    with open("/dev/full", "wb") as full:
        r = servers.sockctl("--help", stdout=full)
        assert r.code == 1 and "No space left" in r.err and r.err.count("\n") == 1, r


def test_endless_input_ends():
    read, write = os.pipe()
    os.close(read)
    with servers.Server(servers.answer_lines) as s, os.fdopen(write, "wb") as pipe:
        with subprocess.Popen(["yes"], stdout=subprocess.PIPE) as yes:
            r = servers.send(s, stdin=yes.stdout, stdout=pipe)
            yes.stdout.close()
        assert r.code == 1 and "Broken pipe" in r.err, r


def test_quiet_input_ends():
    """Nothing writes to standard input any more, but it stays open."""
    for kind in ([], ["-u"]):
        with servers.Server(servers.answer_lines) as t, \
                servers.DatagramServer(lambda data: [b"ok\n"]) as u, \
                open("/dev/full", "wb") as full:
            port = u.port if kind else t.port
            p = servers.start("send", *kind, "-p", str(port), stdin=subprocess.PIPE, stdout=full,
                              stderr=subprocess.PIPE)
            p.stdin.write(b"hello\n")
            p.stdin.flush()
            assert p.wait(h.DEADLINE) == 1 and b"No space left" in p.stderr.read()


def test_message_under_way_is_completed():
    def serve(c):
        data = b""
        while len(data) < 100000:
            data += c.recv(4096)
        c.sendall(b"ok\n")
        told.append(c.getpeername()[1])
        return data + servers.read_all(c)
    told = []
    with servers.Server(serve) as s, open("/dev/full", "wb") as full:
        p = servers.start("send", "-p", str(s.port), stdin=subprocess.PIPE, stdout=full,
                          stderr=subprocess.PIPE)
        long = b"x" * 1000000
        p.stdin.write(b"a\n" + long)
        p.stdin.flush()
        h.wait_for(lambda: told and h.receive_queue(told[0], s.port) == 0, "the receipt to be read")
        with contextlib.suppress(BrokenPipeError):
            p.stdin.write(long + b"\nnext\n" * 50000)
            p.stdin.close()
        p.stdin = None
        p.communicate(timeout=h.DEADLINE)
        got = s.one()
        assert p.returncode == 1 and got == b"a\n" + long + long + b"\n", len(got)


def test_help_and_version():
    for arg in ("--help", "--version"):
        with open("/dev/full", "wb") as full:
            assert servers.sockctl(arg, stdout=full).code == 1


def test_unreadable_input():
    with servers.Server(servers.answer_lines) as s:
        directory = os.open("/", os.O_RDONLY)
        r = servers.send(s, stdin=directory)
        os.close(directory)
        assert r.code == 1 and "standard input" in r.err, r


def test_closed_descriptors():
    """No socket may take their place."""
    with servers.Server(servers.answer_lines) as s:
        p = servers.start("send", "-p", str(s.port), "hello", stderr=subprocess.PIPE,
                          preexec_fn=lambda: (os.close(0), os.close(1)))
        _, err = p.communicate(timeout=h.DEADLINE)
        assert p.returncode == 1 and b"standard output" in err, err
        assert s.one() == b"hello\n"


if __name__ == "__main__":
    h.main()
