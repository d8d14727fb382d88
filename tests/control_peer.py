# SPDX-License-Identifier: MIT
"""Clients of the control socket and of the bus that can say anything, as any user."""

import contextlib
import os
import shutil
import socket
import struct
from typing import NamedTuple

import bus
import harness as h


DBUS = "org.freedesktop.DBus"
CALL, RETURN, ERROR, SIGNAL = range(1, 5)


def needs_another_user():
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        raise h.Skip("needs root, who becomes somebody else")


@contextlib.contextmanager
def another_user(user=65534):
    os.setegid(user)
    os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def message(member, *, path=bus.PATH, interface=bus.MANAGER, destination=None, sender=None, serial=1, order="<",
            signature="", body=b""):
    """A method call; BODY: its arguments, as D-Bus wants them."""
    fields = b""
    for code, kind, text in ((1, "o", path), (2, "s", interface), (3, "s", member), (6, "s", destination),
                             (7, "s", sender)):
        if text:
            fields += b"\0" * (-len(fields) % 8)
            fields += struct.pack(f"{order}BB2sI", code, 1, kind.encode() + b"\0", len(text)) + text.encode() + b"\0"
    if signature:
        fields += b"\0" * (-len(fields) % 8)
        fields += struct.pack("BB2sB", 8, 1, b"g\0", len(signature)) + signature.encode() + b"\0"
    head = struct.pack(f"{order}cBBBIII", b"l", 1, 0, 1, len(body), serial, len(fields)) + fields
    return head + b"\0" * (-len(head) % 8) + body


class Message(NamedTuple):
    kind: int
    fields: dict  # by their codes: 3 is the member, 5 the serial replied to, 6 the destination, 7 the sender
    size: int


def header_fields(data):
    """Those of a header, as this machine's D-Bus programs write them."""
    found, at = {}, 0
    while at < len(data):
        at += -at % 8
        code, kind = data[at], data[at + 2:at + 3]
        at += 4
        if kind == b"g":
            end = at + 1 + data[at]
            found[code] = data[at + 1:end]
            at = end + 1
        else:
            at += -at % 4
            number, = struct.unpack_from("=I", data, at)
            at += 4
            found[code] = number if kind == b"u" else data[at:at + number].decode()
            at += 0 if kind == b"u" else number + 1
    return found


class Peer:
    def __init__(self, s, auth=b"\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n"):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(h.DEADLINE)
        self.unread = b""
        self.socket.connect(s.control)
        self.send(auth)
        if auth.endswith(b"\nBEGIN\r\n"):
            self.until(b"OK ")  # sd-bus wants what follows in a packet of its own

    def send(self, data):
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.socket.sendall(data)
        return self

    def send_until_closed(self, data):
        """DATA again and again, without reading, until the other side closes. Returns how many bytes were taken."""
        self.socket.settimeout(0.0)
        poll = h.select.poll()
        poll.register(self.socket, h.select.POLLOUT)
        sent = 0
        while poll.poll(h.DEADLINE * 1000)[0][1] & h.select.POLLHUP == 0:
            with contextlib.suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
                sent += self.socket.send(data[sent % len(data):])
        return sent

    def until(self, *words):
        """Everything that arrives until one of these; or else until the end."""
        data = b""
        while not any(word in data for word in words):
            try:
                more = self.socket.recv(65536)
            except ConnectionResetError:
                more = b""
            if not more:
                return data
            data += more
        return data

    def ended(self):
        self.until()
        return True

    def is_served(self):
        """Not "served": it is closed without an answer."""
        return b"org.sockd1" in self.send(message("Introspect", interface="org.freedesktop.DBus.Introspectable")) \
            .until(b"org.sockd1")

    def ask(self, member, serial=2, **arguments):
        """A call of sockd, over the bus or not."""
        self.send(message(member, destination=bus.NAME, serial=serial, **arguments))
        return self

    def answer(self, serial=2):
        return self.wait(lambda m: m.fields.get(5) == serial)

    def wait(self, wanted):
        """Skips others."""
        while True:
            for m in self.take():
                if wanted(m):
                    return m
            self.receive()

    def receive(self):
        data = self.socket.recv(1 << 18)
        assert data, "the other side closed the connection"
        self.unread += data

    def take(self):
        """The whole messages of what was received."""
        while len(self.unread) >= 16:
            body, _, fields = struct.unpack_from("=III", self.unread, 4)
            size = 16 + fields + -fields % 8 + body
            if len(self.unread) < size:
                return
            data, self.unread = self.unread[:size], self.unread[size:]
            yield Message(data[1], header_fields(data[16:16 + fields]), body)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


class BusPeer(Peer):
    """A client of the bus B."""

    def __init__(self, b):
        self.control = b.path
        super().__init__(self)
        self.send(message("Hello", path="/org/freedesktop/DBus", interface=DBUS, destination=DBUS))
        self.name = self.wait(lambda m: m.kind == RETURN).fields[6]

    def monitor(self):
        """From now on it gets every message that passes the bus, in that order."""
        self.send(message("BecomeMonitor", path="/org/freedesktop/DBus", interface=f"{DBUS}.Monitoring",
                          destination=DBUS, serial=2, signature="asu", body=struct.pack("=II", 0, 0)))
        self.answer()
        return self
