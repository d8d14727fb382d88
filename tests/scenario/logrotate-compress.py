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
    """The clients; each thread appends to a list of its own."""

    def __init__(self, s):
        self.ids = [[] for _ in range(PIPELINED + 1)]
        self.stopped = threading.Event()
        self.failed = []
        self.threads = [threading.Thread(target=self.run, args=(s, mine, 50 if i else 1))
                        for i, mine in enumerate(self.ids)]

    def run(self, s, mine, batch):
        try:
            with s.connect() as c:
                while not self.stopped.is_set():
                    mine += c.send(b"message that must not get lost\n" * batch).receipts(batch)
        except (OSError, AssertionError) as e:
            self.failed.append(e)

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        for t in self.threads:
            t.join()

    def advance(self, n):
        """Waits until each client has N more receipts."""
        goals = [len(mine) + n for mine in self.ids]
        h.wait_for(lambda: self.failed or all(len(mine) >= goal for mine, goal in zip(self.ids, goals)), "receipts")
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
            load.advance(5)
            for n in range(ROTATIONS):
                rotate(s, load, n)
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
        load.advance(2)
        with gzip.open(moved + ".gz", "wb") as f:
            f.write(data)
        os.unlink(moved)
        load.advance(2)
        h.wait_for(lambda: os.path.exists(s.log), "a new file")

    check(rotate)


def test_logrotate():
    logrotate = h.tool("logrotate")

    def rotate(s, load, n):
        del n
        settings, state = s.path("logrotate.conf"), s.path("logrotate.state")
        with open(settings, "w", encoding="ascii") as f:
            f.write(f"{s.log} {{\n rotate 1000\n compress\n missingok\n nocreate\n}}\n")
        os.chmod(settings, 0o644)
        done = subprocess.run([logrotate, "-f", "-s", state, settings], stdin=subprocess.DEVNULL, capture_output=True,
                              check=False)
        assert done.returncode == 0, done.stderr.decode()
        load.advance(2)
        h.wait_for(lambda: os.path.exists(s.log), "a new file")

    check(rotate)


if __name__ == "__main__":
    h.main()
