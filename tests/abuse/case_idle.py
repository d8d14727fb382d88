# SPDX-License-Identifier: MIT
"""Streams that do nothing, or next to nothing, or do not read."""

import contextlib

import harness as h
from kernel_memory import of_streams
from scene import Scene, close, cpu_seconds

TOP = "limits = { connections = 20000; };\nworkers = 1;"
# Its receipts are longer than it is.
LINES = b"19 bytes of message\n" * 3277


def idle(long):
    """Streams that say nothing cost a quarter of a KiB each."""
    n = 10000 if long else 2000
    with Scene(top=TOP) as s:
        before, cpu = s.sockd.memory_peak(), cpu_seconds(s.sockd.pid)
        clients = s.connect(n)
        h.wait_for(lambda: s.sockd.backlog() == 0, "all to be accepted")
        cost = s.sockd.memory_peak() - before
        assert h.SANITIZED or cost <= n * 256 + (8 << 20), f"{cost >> 10} KiB for {n}"
        s.watch(100)
        s.figures |= {"bytes each": cost / n, "s CPU": cpu_seconds(s.sockd.pid) - cpu}
        close(clients)
    return s.figures


def slowloris(long):
    """Streams that send a byte now and then and never an end: all stay open, none holds up the good client."""
    n, rounds = (2000, 100) if long else (500, 20)
    with Scene([h.tcp(message_timeout=0)], TOP, memory_max=80 << 20) as s:
        clients = s.connect(n)
        for _ in range(rounds):
            for c in clients:
                c.send(b"x")
            s.watch(5)
        for c in clients:
            assert c.silent()
            c.send(b"\n").receipts(1)
        close(clients)
        lengths = [len(r.text) for r in s.sockd.records() if not r.peer.startswith(b"127.0.1.1:")]
        assert lengths == [rounds] * n, f"{len(lengths)} of {n} records"
    return s.figures


def push_all(clients):
    """What the kernel takes from each at once."""
    for c in clients:
        with contextlib.suppress(BlockingIOError, ConnectionResetError, BrokenPipeError):
            c.socket.send(LINES)


def connect_silent(scene, n):
    """n streams of a peer that will not read."""
    clients = scene.connect(n)
    for c in clients:
        c.socket.setblocking(False)
    return clients


def never_read(long):
    """Peers that send and send, and do not read their receipts: they are read on, and what the kernel keeps for each is
    bounded."""
    n, rounds = (300, 20) if long else (60, 5)
    with Scene(top=TOP) as s:
        clients = connect_silent(s, n)
        for _ in range(rounds):
            push_all(clients)
            s.watch(10)
        h.wait_for(lambda: all(map(s.sockd.has_read_all, clients)), "sockd to read all that was sent", 120)
        sizes = of_streams(s.sockd.port())
        s.figures |= {"KiB of kernel memory each": sum(sizes) / len(sizes) / 1024, "KiB at most": max(sizes) / 1024}
        # 64 KiB each is what we promise of idle and of such peers together; the kernel may double what it is asked
        # for, and counts whole pages.
        assert max(sizes) <= 128 << 10, f"{max(sizes) >> 10} KiB of kernel memory for one peer"
        for c in clients:
            c.reset()
    return s.figures


def crowd(long):
    """All of them at once: the good client is served, and none of the idle ones is cut off."""
    n_idle, n_slow, n_silent, rounds = (10000, 2000, 2000, 5) if long else (1000, 200, 200, 5)
    with Scene([h.tcp(message_timeout=0)], TOP) as s:
        quiet = s.connect(n_idle)
        slow, silent = s.connect(n_slow), connect_silent(s, n_silent)
        h.wait_for(lambda: s.sockd.backlog() == 0, "all to be accepted")
        cpu = cpu_seconds(s.sockd.pid)
        s.watch(20)
        s.figures["s CPU while idle"] = cpu_seconds(s.sockd.pid) - cpu
        for _ in range(rounds):
            for c in slow:
                c.send(b"x")
            push_all(silent)
            s.watch(5)
        sizes = of_streams(s.sockd.port())
        s.figures["KiB of kernel memory each"] = sum(sizes) / len(sizes) / 1024
        assert all(c.silent() for c in quiet + slow)
        for c in silent:
            c.reset()
        close(quiet + slow)
    return s.figures
