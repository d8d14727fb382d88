# SPDX-License-Identifier: MIT
"""A terminal for programs that paint screens: it keeps what a user would see, and is strict about
what it is sent."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

import harness as h
import servers

SEQUENCE = re.compile(r"\x1b\[(\??)([0-9;]*)([A-Za-z])")


class Terminal:
    """Runs sockctl on a pseudo terminal of this size."""

    def __init__(self, *args, env=None, columns=80, lines=24):
        self.master, slave = pty.openpty()
        self.resize(columns, lines, tell=False)
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.data = self.all = ""
        self.x = self.y = 0
        self.alternate = False
        self.cursor = self.wrap = True
        self.too_wide = 0
        env = {"TERM": "xterm", "LC_ALL": "C.UTF-8", **(env or {})}
        self.process = servers.start(*args, env=env, stdin=slave, stdout=slave, stderr=slave,
                                     start_new_session=True, preexec_fn=self.own)

    @staticmethod
    def own():
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def resize(self, columns, lines, tell=True):
        self.columns, self.lines = columns, lines
        self.cells = [[" "] * columns for _ in range(lines)]
        self.x = self.y = 0
        self.settling = 3  # so many frames may have been painted for the size before
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        if tell:
            self.process.send_signal(signal.SIGWINCH)

    # What the program sends.

    def sequence(self, private, numbers, letter):
        if private:
            assert numbers in ("1049", "25", "7") and letter in "hl", (numbers, letter)
            name = {"1049": "alternate", "25": "cursor", "7": "wrap"}[numbers]
            setattr(self, name, letter == "h")
        elif letter == "H":
            self.x = self.y = 0
            self.settling = max(self.settling - 1, 0)
        elif letter == "K":
            for x in range(self.x, self.columns):
                self.cells[self.y][x] = " "
        elif letter == "J":
            for y in range(self.y, self.lines):
                for x in range(self.x if y == self.y else 0, self.columns):
                    self.cells[y][x] = " "
        else:
            assert letter == "m", f"unknown sequence {letter!r}"

    def put(self, ch):
        if ch == "\r":
            self.x = 0
        elif ch == "\n":
            assert self.y + 1 < self.lines or self.settling or not self.alternate, "it scrolled"
            self.y = min(self.y + 1, self.lines - 1)
        else:
            assert ch.isprintable(), f"raw {ch!r}"
            if self.x >= self.columns:
                self.too_wide += self.alternate and not self.settling
            else:
                self.cells[self.y][self.x] = ch
            self.x += 1

    def take(self, text):
        self.all += text
        self.data += text
        i = 0
        while i < len(self.data):
            if self.data[i] == "\x1b":
                m = SEQUENCE.match(self.data, i)
                if not m:
                    assert len(self.data) - i < 16, f"no sequence: {self.data[i:i + 16]!r}"
                    break
                self.sequence(*m.groups())
                i = m.end()
            else:
                self.put(self.data[i])
                i += 1
        self.data = self.data[i:]

    @property
    def text(self):
        return "\n".join("".join(line).rstrip() for line in self.cells)

    # What the test does.

    def read(self, timeout):
        """Whether something came."""
        if not select.select([self.master], [], [], timeout)[0]:
            return False
        try:
            self.take(os.read(self.master, 65536).decode("utf-8", "strict"))
        except OSError:
            return False
        return True

    def wait_for(self, pattern):
        """Until the screen shows it; returns the match."""
        end = time.monotonic() + h.DEADLINE
        while True:
            m = re.search(pattern, self.text)
            if m:
                return m
            assert time.monotonic() < end, f"waited in vain for {pattern!r} on\n{self.text}"
            self.read(0.2)

    def press(self, keys):
        os.write(self.master, keys)

    def wait_exit(self):
        """Its exit code; all it has written is taken first."""
        end = time.monotonic() + h.DEADLINE
        while self.process.poll() is None:
            assert time.monotonic() < end, "it does not end"
            self.read(0.05)
        while self.read(0):
            pass
        return self.process.returncode

    def is_as_before(self):
        return not self.alternate and self.cursor and self.wrap and termios.tcgetattr(self.slave) == self.before

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)
