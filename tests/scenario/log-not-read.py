#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Standard error is a pipe, and the program that reads it hangs, as the log driver of a container may. sockd still
serves, reloads and stops. Warnings come when the pipe is read again; nothing needs a service manager for that."""

import contextlib
import os
import signal

import harness as h

SAY = 'unset NOTIFY_SOCKET; exec "$@" 2>&"$0"'


@contextlib.contextmanager
def started():
    """A sockd whose standard error is read at s.said, and only there; without a service manager."""
    read, write = os.pipe()
    say = ("bash", "-c", SAY, str(write))
    with h.Sockd(wait=False, prefix=say, pass_fds=(write,)) as s, open(read, "rb") as s.said:
        line = next(filter(None, (h.LISTENING.search(line.decode()) for line in s.said)))
        s.address = lambda name="tcp": (line.group(2), int(line.group(3)))
        # Another description of it, which does not wait.
        again = os.open(f"/proc/self/fd/{write}", os.O_WRONLY | os.O_NONBLOCK)
        with open(again, "wb", buffering=0) as s.pipe:
            os.close(write)
            yield s


def fill(s):
    with contextlib.suppress(BlockingIOError):
        while s.pipe.write(b"x" * 4095 + b"\n"):
            pass


def test_reload_and_stop():
    with started() as s, s.connect() as c:
        fill(s)
        s.write_config("nonsense")
        s.signal(signal.SIGHUP)
        s.write_config(h.config_text(top="limits: { message_size = 4; };"))
        s.signal(signal.SIGHUP)
        h.wait_for(lambda: c.send(b"12345\n").line().endswith(b"truncated\n"), "the second reload")
        s.signal(signal.SIGTERM)
        c.finish()
        assert s.wait_exit() == 0


def test_warnings_wait():
    with started() as s, s.connect() as c:
        fill(s)
        s.write_config("nonsense")
        s.signal(signal.SIGHUP)
        c.send(b"hello\n").receipts(1)
        said = next(line.decode() for line in s.said if line.startswith(b"cannot reload"))
        assert s.config in said, said
        s.stop()


if __name__ == "__main__":
    h.main()
