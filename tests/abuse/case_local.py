# SPDX-License-Identifier: MIT
"""Processes of this machine abuse Unix sockets; a good client over TCP must be served, as must another local one."""

import subprocess
import sys

import harness as h
from scene import Scene

TOP = "limits = { connections = 20000; };\nworkers = 1;"
RECEIPTS = {False: 100, True: 1000}

# Sends whatever the kernel takes, and never reads.
FLOOD = """
import socket, sys
path, kind, n, n_descriptors = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
clients = [socket.socket(socket.AF_UNIX, kind) for _ in range(n)]
data = b"m" * 99 + b"\\n"
data *= 1 if kind != socket.SOCK_STREAM or n_descriptors else 1000
fds = [sys.stdin.fileno()] * n_descriptors
for c in clients:
    c.connect(path)
    c.setblocking(False)
print("connected", flush=True)
while True:
    for c in clients:
        try:
            socket.send_fds(c, [data], fds)
        except BlockingIOError:
            pass
"""


class Flood:
    """In a process of its own."""

    def __init__(self, sockd, kind, n, n_descriptors=0):
        self.command = [sys.executable, "-c", FLOOD, sockd.path(kind), str(int(h.UNIX_TYPES[kind])), str(n),
                        str(n_descriptors)]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == b"connected\n", "the flood has not begun"
        return self

    def __exit__(self, kind, error, trace):
        early = self.process.poll()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        assert kind or early is None, f"the flood has ended with {early}"


def kinds():
    return [h.tcp(), *[h.unix(kind) for kind in h.UNIX_TYPES]]


def flood(kind, n, long, **keys):
    with Scene(kinds(), top=TOP, memory_max=160 << 20) as s:
        with Flood(s.sockd, kind, n, **keys):
            s.watch(RECEIPTS[long])
            with s.sockd.local(kind if kind != "datagram" else "stream") as polite:
                polite.send(b"another local client\n").receipts(1)
    return s.figures


def never_read(long):
    """Streams that send as fast as they can, and read nothing."""
    return flood("stream", 100 if long else 30, long)


def packets(long):
    """The same with packets."""
    return flood("seqpacket", 30, long)


def datagrams(long):
    """Senders that are held back by the queue try again and again; their receipts are not read either."""
    return flood("datagram", 30, long)


def descriptors(long):
    """As many descriptors as the kernel takes, with each message: all are closed, none is kept."""
    figures = {}
    for kind in h.UNIX_TYPES:
        with Scene(kinds(), top=TOP, memory_max=160 << 20) as s:
            with Flood(s.sockd, kind, 10, 250):
                s.watch(RECEIPTS[long] // 2)
                # Nothing but its own: epoll, timers, sockets, the file, and the streams of the flood.
                found = [name for name in s.sockd.descriptors() if name == "/dev/null"]
                assert len(found) <= 2, f"{len(found)} descriptors of others are open"
        figures = s.figures
    return figures
