# SPDX-License-Identifier: MIT
"""Takes entries in place of journald, until it is told to hang, to die, or to disappear."""

import os
import threading

import harness as h


class Journald:
    """Reads in a thread. Only inside harness.in_namespace()."""

    def __init__(self):
        self.n = 0
        self.socket = self.thread = None
        self.running = threading.Event()
        self.live()

    def live(self):
        """Running and reading: from the start, or again."""
        if not self.socket:
            self.socket = h.Journald()
            self.socket.socket.settimeout(0.05)
            self.thread = threading.Thread(target=self._read, args=(self.socket,), daemon=True)
            self.running.set()
            self.thread.start()
        self.running.set()

    def _read(self, own):
        while self.socket is own:
            self.running.wait()
            try:
                own.entry()
                self.n += 1
            except TimeoutError:
                continue
            except OSError:
                return

    def hang(self):
        """As if stopped by SIGSTOP."""
        self.running.clear()

    def die(self):
        """As if killed: the socket's name exists, but nothing reads from it."""
        own, self.socket = self.socket, None
        self.running.set()
        self.thread.join()
        own.socket.close()

    def go(self):
        """As if it had never run."""
        self.die()
        os.unlink(h.Journald.PATH)

    def end(self):
        if self.socket:
            self.die()
        if os.path.exists(h.Journald.PATH):
            os.unlink(h.Journald.PATH)
