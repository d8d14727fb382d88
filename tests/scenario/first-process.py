#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""sockd is the first process of a PID namespace, as in a container without an init: the kernel spares it signals
that nobody handles, and gives it the processes that others leave behind. It obeys SIGTERM, SIGINT and SIGHUP at any
time, and no zombie stays."""

import contextlib
import os
import signal
import subprocess

import harness as h

FIRST = ("unshare", "--pid", "--fork", "--kill-child")


def children(pid):
    found = []
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as f:
            found += map(int, f.read().split())
    return found


@contextlib.contextmanager
def started(**keys):
    """A sockd in a namespace of its own; s.first is its process ID here."""
    with h.Sockd(prefix=FIRST, **keys) as s:
        (s.first,) = h.wait_for(lambda: children(s.pid), "the process")
        yield s
        assert s.wait_exit() == 0


def test_signals():
    for number in (signal.SIGTERM, signal.SIGINT):
        with started() as s, s.connect() as c:
            c.send(b"before\n").receipts(1)
            for harmless in (signal.SIGUSR1, signal.SIGPIPE, signal.SIGQUIT, signal.SIGALRM):
                os.kill(s.first, harmless)
            s.write_config(h.config_text(top="limits: { message_size = 4; };"))
            os.rename(s.log, s.log + ".old")
            os.kill(s.first, signal.SIGHUP)
            s.wait_line("^output .*: reopened")
            s.wait_line("^reloaded")
            assert c.send(b"12345\n").line().endswith(b"truncated\n")
            assert os.path.exists(s.log)
            os.kill(s.first, number)
            c.finish()


def test_stopped_while_it_starts():
    """The signal arrives when it reads its config file, which is a pipe here; it is not lost."""
    with h.tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "pipe")
        os.mkfifo(path)
        with open(os.open(path, os.O_RDWR), "w", encoding="utf-8") as f:
            with started(wait=False, args=("--config", path)) as s:
                def is_reading():
                    directory = f"/proc/{s.first}/fd"
                    return any(os.readlink(f"{directory}/{fd}") == path for fd in os.listdir(directory))
                h.wait_for(is_reading, "it to open its config file")
                os.kill(s.first, signal.SIGTERM)
                f.write(h.config_text().replace("@DIR@", s.dir))
                f.close()
                s.wait_line("^stopping")


def test_orphans():
    read, write = os.pipe()
    with started() as s:
        # Descriptor 0 of what a shell starts in the background may be /dev/null.
        subprocess.run(["nsenter", f"--target={s.first}", "--pid", "sh", "-c", "exec 3<&0; cat <&3 & cat <&3 &"],
                       check=True, stdin=read)
        os.close(read)
        h.wait_for(lambda: len(children(s.first)) == 2, "its children")
        os.close(write)
        h.wait_for(lambda: not children(s.first), "their end")
        os.kill(s.first, signal.SIGTERM)


if __name__ == "__main__":
    if subprocess.run([*FIRST, "true"], check=False, stderr=subprocess.DEVNULL).returncode:
        FIRST = ("unshare", "--map-root-user", *FIRST[1:])
        if subprocess.run([*FIRST, "true"], check=False, stderr=subprocess.DEVNULL).returncode:
            print("SKIP: no PID namespaces here")
            h.sys.exit(77)
    h.main()
