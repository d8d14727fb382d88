#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Clients connect, send one message and wait for its receipt, as fast as they can, while reloads change
the address that is listened on: each of them gets its receipt, none is reset or refused."""

import collections
import signal
import socket
import threading

import harness as h

RELOADS = 60
CLIENTS = 8


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


class Storm:
    """Clients in threads; counts how each connection ended."""

    def __init__(self, port):
        self.address = ("127.0.0.1", port)
        self.ends = collections.Counter()
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self._run) for _ in range(CLIENTS)]

    def _one(self):
        try:
            with h.Client(self.address) as c:
                line = c.send(b"x\n").line()
                return "receipt" if h.RECEIPT.fullmatch(line) else f"closed after {line!r}"
        except OSError as error:
            return type(error).__name__

    def _run(self):
        while not self.stop.is_set():
            self.ends[self._one()] += 1

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for t in self.threads:
            t.join()


def reload(s, n, text):
    """The Nth one, from 1."""
    s.told()  # a service manager closes what it does not keep
    s.write_config(text)
    s.signal(signal.SIGHUP)
    h.wait_for(lambda: s.stderr.count("\nreloaded") == n, "the end of the reload")


def storm(addresses):
    port = free_port()
    with h.Sockd([h.tcp(port=port, address=addresses[-1])]) as s:
        with Storm(port) as clients:
            for n in range(RELOADS):
                reload(s, n + 1, h.config_text([h.tcp(port=port, address=addresses[n % len(addresses)])]))
                before = clients.ends["receipt"]
                h.wait_for(lambda before=before: clients.ends["receipt"] > before + CLIENTS, "new clients")
        assert set(clients.ends) == {"receipt"}, clients.ends
        s.stop()
        assert len(s.records()) == clients.ends["receipt"]


def test_wider_and_narrower():
    storm(["*", "127.0.0.1"])


def test_all_of_one_family_or_of_both():
    storm(["0.0.0.0", "*"])


def test_no_address_in_common():
    """Nobody connects to the addresses that leave; those that stay are not concerned."""
    port = free_port()
    with h.Sockd([h.tcp(port=port), h.tcp(name="other", address="127.0.0.2")]) as s:
        with Storm(port) as clients:
            for n in range(RELOADS):
                reload(s, n + 1, h.config_text([h.tcp(port=port), h.tcp(name="other", address=f"127.0.0.{3 + n % 2}")]))
        assert set(clients.ends) == {"receipt"}, clients.ends
        s.stop()


if __name__ == "__main__":
    h.main()
