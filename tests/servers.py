# SPDX-License-Identifier: MIT
"""Shared by the scenarios of sockctl: running it, and servers of every kind for it to talk to,
polite, slow, silent and hostile ones. Each server is one function that is called with the accepted
connection."""

import contextlib
import os
import select
import socket
import struct
import subprocess
import tempfile
import threading
from typing import NamedTuple

import harness as h


class Result(NamedTuple):
    code: int
    out: bytes
    err: str


def environment():
    """Without the settings of whoever runs the tests."""
    left_out = ("NO_COLOR", "SYSTEMD_COLORS", "TERM", "PAGER", "SYSTEMD_PAGER", "LESS")
    return {**{k: v for k, v in os.environ.items() if k not in left_out}, **h.NO_BUS}


def sockctl(*args, stdin=b"", **keys):
    """Runs sockctl to its end. "send" has no config file unless -c names one."""
    if "send" in args and not any(a in ("-c", "--config") for a in args):
        args = ("-c", "/nonexistent/sockd.conf", *args)
    if isinstance(stdin, bytes):
        keys["input"] = stdin
    else:
        keys["stdin"] = stdin
    keys.setdefault("stdout", subprocess.PIPE)
    env = {**environment(), **(keys.pop("env", None) or {})}
    done = subprocess.run([h.SOCKCTL, *args], stderr=subprocess.PIPE, timeout=h.DEADLINE,
                          check=False, env=env, **keys)
    err = done.stderr.decode("utf-8", "backslashreplace")
    assert not h.SANITIZER_REPORT.search(err), err
    return Result(done.returncode, done.stdout, err)


def send(server, *args, **keys):
    """sockctl send to this server."""
    return sockctl("send", "-H", server.host, "-p", str(server.port), *args, **keys)


def start(*args, **keys):
    """Starts sockctl and leaves the rest to the test."""
    env = {**environment(), **(keys.pop("env", None) or {})}
    return subprocess.Popen([h.SOCKCTL, *args], env=env, **keys)


@contextlib.contextmanager
def config(text):
    """The path of a config file with this text."""
    with tempfile.TemporaryDirectory(prefix="sockctl-test-") as d:
        path = os.path.join(d, "sockd.conf")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text.replace("@DIR@", d))
        os.chmod(path, 0o644)
        yield path


class Server:
    """Calls serve(connection) for each connection, one after the other, in a thread of its own.
    What the function raises fails the test; what it returns is collected in results."""

    def __init__(self, serve, host="127.0.0.1", receive_buffer=None):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.socket(family, socket.SOCK_STREAM)
        if receive_buffer:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        listening.bind((host, 0))
        listening.listen(16)
        self.host, self.port = listening.getsockname()[:2]
        self._start(listening, serve)

    def _start(self, listening, serve):
        self.socket = listening
        self.serve = serve
        self.results = []
        self.error = None
        self.released = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            connection.settimeout(h.DEADLINE)
            try:
                with connection:
                    self.results.append(self.serve(connection))
            except Exception as e:  # pylint: disable=broad-except
                self.error = e

    def hold(self, _connection):
        """For serve(): keeps the connection open until the test is over."""
        self.released.wait(h.DEADLINE)

    def one(self):
        """The result of the only connection."""
        h.wait_for(lambda: self.results or self.error, "the server to finish")
        assert not self.error, repr(self.error)
        assert len(self.results) == 1, f"{len(self.results)} connections"
        return self.results[0]

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.released.set()
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(h.DEADLINE)
        if kind is None and self.error:
            raise self.error


class UnixServer(Server):
    """The same at a Unix socket: a path, or "@NAME" in the abstract namespace."""

    def __init__(self, serve, path, kind=socket.SOCK_STREAM, backlog=16):
        listening = unix_socket(path, kind)
        listening.listen(backlog)
        self.path = path
        self._start(listening, serve)


class DatagramServer:
    """Calls answer(data), which returns the replies to one datagram, as a list."""

    def __init__(self, answer, host="127.0.0.1"):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.host, self.port = self.socket.getsockname()[:2]
        self.answer = answer
        self.received = []
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while True:
            data, peer = self.socket.recvfrom(65536)
            if data == b"" and peer[1] == self.port:
                return
            self.received.append(data)
            for reply in self.answer(data):
                self.socket.sendto(reply, peer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.sendto(b"", (self.host, self.port))  # ends the thread
        self.thread.join(h.DEADLINE)
        self.socket.close()


def unix_socket(path, kind):
    """Bound to a path, or to "@NAME"."""
    s = socket.socket(socket.AF_UNIX, kind)
    s.bind("\0" + path[1:] if path.startswith("@") else path)
    return s


class UnixDatagramServer:
    """A DatagramServer at a Unix socket. Its clients have names, for they wait for replies."""

    def __init__(self, answer, path):
        self.socket = unix_socket(path, socket.SOCK_DGRAM)
        self.end, self.ended = socket.socketpair()
        self.path = path
        self.answer = answer
        self.received, self.clients = [], set()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while True:
            if self.ended in select.select([self.socket, self.ended], [], [])[0]:
                return
            data, client = self.socket.recvfrom(1 << 21)
            self.received.append(data)
            self.clients.add(client)
            for reply in self.answer(data):
                self.socket.sendto(reply, client)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end.close()
        self.thread.join(h.DEADLINE)
        self.ended.close()
        self.socket.close()


def answer_packets(connection):
    """"ok " and each packet, until the end; returns all of them."""
    packets = []
    while True:
        packet = connection.recv(1 << 21)
        if not packet:
            return packets
        packets.append(packet)
        connection.send(b"ok " + packet[:20])


def read_all(connection):
    """Everything until EOF."""
    data = b""
    while True:
        part = connection.recv(1 << 20)
        if not part:
            return data
        data += part


def answer_lines(connection, reply=b"ok\n"):
    """A receipt for each line, like sockd; returns what came."""
    data = b""
    while True:
        part = connection.recv(1 << 20)
        if not part:
            return data
        data += part
        connection.sendall(reply * part.count(b"\n"))


def classic(connection):
    """The tutorial server: reads once, answers without newline, closes."""
    data = connection.recv(4096)
    connection.sendall(b"Message received")
    return data


def reset(connection):
    """Closes with RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def unused_port(kind=socket.SOCK_STREAM, host="127.0.0.1"):
    """A port where nobody listens: bound for as long as the returned socket lives."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    s = socket.socket(family, kind)
    s.bind((host, 0))
    return s, s.getsockname()[1]
