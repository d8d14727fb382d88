#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A user at a terminal sends a large file: a progress bar shows how far it is, and at the end the
terminal is as clean as before. There is none with -q or without a terminal."""

import contextlib
import os
import pty
import signal
import subprocess
import tempfile
import threading

import harness as h
import servers

CLEAR = b"\r\x1b[K"


def read_terminal(fd, until=None):
    """What was written to the terminal, until it is closed or this text appears."""
    data = b""
    while until is None or until not in data:
        try:
            part = os.read(fd, 65536)
        except OSError:
            break
        if not part:
            break
        data += part
    return data


def run(*args, serve, term="xterm", interrupt=False):
    """sockctl with standard error on a terminal; returns its status and what the terminal got."""
    master, slave = pty.openpty()
    with servers.Server(serve) as s, tempfile.TemporaryFile() as f:
        f.write(b"a line of text\n" * 20000)
        f.seek(0)
        p = subprocess.Popen([h.SOCKCTL, *args, "send", "-p", str(s.port)], stdin=f,
                             stdout=subprocess.DEVNULL, stderr=slave,
                             env={**servers.environment(), "TERM": term})
        os.close(slave)
        seen = b""
        if interrupt:
            seen = read_terminal(master, until=b"sent")
            p.send_signal(signal.SIGINT)
        seen += read_terminal(master)
        os.close(master)
        return p.wait(h.DEADLINE), seen


def slowly(c):
    """Receipts that take longer than the bar waits."""
    with contextlib.suppress(ConnectionError):
        while data := c.recv(1 << 14):
            c.sendall(b"ok\n" * data.count(b"\n"))
            never.wait(0.05)


def without_end(c):
    """A receipt now and then, until nobody is there to take it."""
    with contextlib.suppress(ConnectionError):
        while True:
            c.sendall(b"ok\n")
            never.wait(0.02)


never = threading.Event()


def test_bar():
    code, seen = run(serve=slowly)
    assert code == 0, seen
    assert b"[===" in seen and b" sent, " in seen, seen
    assert seen.endswith(CLEAR) and b"\n" not in seen, seen[-200:]


def test_no_bar():
    assert run("-q", serve=slowly) == (0, b"")
    assert run(serve=slowly, term="dumb") == (0, b"")


def test_interrupted():
    code, seen = run(serve=without_end, interrupt=True)
    assert code == -signal.SIGINT and seen.endswith(CLEAR), (code, seen[-200:])


if __name__ == "__main__":
    h.main()
