#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One client that waits for each receipt and eight that pipeline send to a durable listener, while the file is
renamed and compressed at once, again and again, as logrotate does with "compress" and without "delaycompress". The
id of every receipt is in the file or in an archive."""

import gzip
import os
import subprocess
import threading

import harness as h

PIPELINED = 8
ROTATIONS = 15


class Load:
    """The clients; each sends as many batches as are granted, and has a list of its own of the IDs in its receipts."""

    def __init__(self, s):
        self.ids = [[] for _ in range(PIPELINED + 1)]
        self.done = [0] * len(self.ids)
        self.granted = 0
        self.stopped = False
        self.changed = threading.Condition()
        self.failed = []
        self.threads = [threading.Thread(target=self.run, args=(s, i)) for i in range(len(self.ids))]

    def run(self, s, i):
        batch = 50 if i else 1
        try:
            with s.connect() as c:
                while self.may_send(i):
                    self.ids[i] += c.send(b"message that must not get lost\n" * batch).receipts(batch)
                    self.done[i] += 1
        except (OSError, AssertionError) as e:
            self.failed.append(e)

    def may_send(self, i):
        with self.changed:
            self.changed.wait_for(lambda: self.stopped or self.done[i] < self.granted)
            return not self.stopped

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, *_):
        with self.changed:
            self.stopped = True
            self.changed.notify_all()
        for t in self.threads:
            t.join()

    def grant(self, n):
        with self.changed:
            self.granted += n
            self.changed.notify_all()

    def advance(self):
        """Waits until each client has all receipts but those of a few batches, which may be under way."""
        h.wait_for(lambda: self.failed or min(self.done) >= self.granted - 2, "receipts")
        assert not self.failed, self.failed


def ids_in(directory):
    found = set()
    for name in os.listdir(directory):
        if name.startswith("messages.log"):
            path = os.path.join(directory, name)
            with gzip.open(path) if name.endswith(".gz") else open(path, "rb") as f:
                # What is read while sockd writes to it may end in half a line.
                found |= {line.split(b" ", 4)[3] for line in f.read().split(b"\n")[:-1]}
    return found


def check(rotate):
    with h.Sockd([h.tcp(acknowledge="durable")]) as s:
        with Load(s) as load:
            for n in range(ROTATIONS):
                load.grant(10)
                rotate(s, load, n)
                load.advance()
                h.wait_for(lambda: os.path.exists(s.log), "a new file")
        assert not load.failed, load.failed
        s.stop()
        told = set().union(*load.ids)
        lost = told - ids_in(s.dir)
        assert not lost, f"{len(lost)} of {len(told)} receipted messages are in no file"


def test_slow_compression():
    """It reads the file at once, and removes it only when clients have got more receipts."""
    def rotate(s, load, n):
        moved = f"{s.log}.{n}"
        os.rename(s.log, moved)
        with open(moved, "rb") as f:
            data = f.read()
        load.advance()
        with gzip.open(moved + ".gz", "wb") as f:
            f.write(data)
        load.grant(10)
        os.unlink(moved)

    check(rotate)


def test_logrotate():
    logrotate = h.tool("logrotate")

    def rotate(s, _load, _n):
        settings, state = s.path("logrotate.conf"), s.path("logrotate.state")
        with open(settings, "w", encoding="ascii") as f:
            f.write(f"{s.log} {{\n rotate 1000\n compress\n missingok\n nocreate\n}}\n")
        os.chmod(settings, 0o644)
        done = subprocess.run([logrotate, "-f", "-s", state, settings], stdin=subprocess.DEVNULL, capture_output=True,
                              check=False)
        assert done.returncode == 0, done.stderr.decode()

    check(rotate)


if __name__ == "__main__":
    h.main()
