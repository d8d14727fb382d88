#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""While sockd is stopped (SIGSTOP), one address fills the receive buffers of 256 connections, or
opens 512; then another address sends one message on a connection that is open already. When sockd
goes on, that message is recorded before most of theirs: peers take turns."""

import contextlib
import pathlib
import signal
import socket

import harness as h

MESSAGE = b"m" * 999 + b"\n"


def fill(client):
    """As much input as the kernel takes; by itself it would let the send buffer grow to several MiB."""
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
    client.socket.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            client.socket.send(MESSAGE * 64)


def threads_are_stopped(pid):
    return all("State:\tT" in (t / "status").read_text() for t in pathlib.Path(f"/proc/{pid}/task").iterdir())


@contextlib.contextmanager
def stopped(s):
    s.signal(signal.SIGSTOP)
    h.wait_for(lambda: threads_are_stopped(s.pid), "sockd to be stopped")
    yield
    s.signal(signal.SIGCONT)


def log(s):
    with open(s.log, "rb") as f:
        return f.read()


def test_input():
    with contextlib.ExitStack() as stack, h.Sockd([h.tcp(receive_buffer=65536)], top="workers = 1;") as s:
        flood = [stack.enter_context(s.connect()) for _ in range(256)]
        for c in flood:
            c.send(b"open\n").receipts(1)
        other = stack.enter_context(s.connect(source=("127.0.0.2", 0)))
        other.send(b"open\n").receipts(1)
        with stopped(s):
            for c in flood:
                fill(c)
            other.send(b"the other\n")
        other.receipts(1)
        n_before = log(s).index(b"the other\n")
        for c in flood:
            c.close()
        s.stop()
        assert n_before < 3 << 20, n_before
        assert len(log(s)) > 12 << 20, len(log(s))


def test_connections():
    with contextlib.ExitStack() as stack, h.Sockd(top="workers = 1;") as s:
        other = stack.enter_context(s.connect(source=("127.0.0.2", 0)))
        other.send(b"open\n").receipts(1)
        with stopped(s):
            flood = [stack.enter_context(s.connect()).send(b"one\n") for _ in range(512)]
            other.send(b"the other\n")
        other.receipts(1)
        for c in flood:
            c.receipts(1)
        s.stop()
        texts = [r.text for r in s.records()]
        assert texts.index(b"the other") < 128, texts.index(b"the other")


if __name__ == "__main__":
    h.main()
