#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A server takes a message and does not answer in time: sockctl says so and exits with 3, after
the time that -w tells."""

import contextlib
import subprocess

import harness as h
import servers


def test_silence():
    """Who is told to wait longer does."""
    with servers.Server(lambda c: s.hold(c)) as s, servers.Server(lambda c: p.hold(c)) as p, \
            servers.start("send", "-w", "3600", "-p", str(p.port), "hello") as patient:
        r = servers.send(s, "-w", "0.5", "hello")
        assert r.code == 3 and r.out == b"" and "no receipt" in r.err, r
        assert patient.poll() is None
        patient.kill()


def test_one_receipt_of_three():
    with servers.Server(lambda c: (c.recv(9), c.sendall(b"ok\n"), s.hold(c))) as s:
        r = servers.send(s, "-w", "0.5", stdin=b"a\nb\nc\n")
        assert r.code == 3 and r.out == b"ok\n" and "2 of 3" in r.err, r


def test_time_starts_anew_with_each_receipt():
    def serve(c):
        data = servers.read_all(c)
        for _ in range(4):
            s.released.wait(0.4)
            c.sendall(b"ok\n")
        return data
    with servers.Server(serve) as s:
        r = servers.send(s, "-w", "1.2", stdin=b"a\nb\nc\nd\n")
        assert r == (0, b"ok\n" * 4, "")


def test_reply_that_does_not_end():
    def serve(c):
        c.recv(4096)
        while not s.released.wait(0.02):
            c.sendall(b"x")
    with servers.Server(serve) as s:
        r = servers.send(s, "-w", "0.6", "hello")
        assert r.out.startswith(b"xxx"), r
        s.released.set()


def test_swallows_everything():
    """Writing continues, but the first message has waited too long."""
    with servers.Server(servers.read_all) as s:
        p = servers.start("send", "-w", "0.5", "-p", str(s.port), stdin=subprocess.PIPE,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        with contextlib.suppress(BrokenPipeError):
            while p.poll() is None:
                p.stdin.write(b"x" * 1000 + b"\n")
        p.stdin = None
        p.communicate(timeout=h.DEADLINE)
        assert p.returncode == 3


def test_takes_nothing():
    for args in ([], ["-n"]):
        with servers.Server(lambda c: s.hold(c), receive_buffer=4096) as s:
            r = servers.send(s, "-w", "0.5", *args, stdin=b"x" * (32 << 20))
            assert r.code == 3, r


def test_udp():
    with servers.DatagramServer(lambda data: []) as s:
        r = servers.send(s, "-u", "-w", "0.5", "hello")
        assert r.code == 3 and r.out == b"" and "no receipt" in r.err, r
        h.wait_for(lambda: s.received, "the datagram")
        assert s.received == [b"hello"], "sent again"


if __name__ == "__main__":
    h.main()
