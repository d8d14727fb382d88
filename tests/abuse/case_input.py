# SPDX-License-Identifier: MIT
"""Bytes that mean nothing, and replies to datagrams."""

import contextlib
import random
import socket
import struct

import harness as h
from scene import Scene, close, push

KINDS = [h.tcp(), h.tcp(name="frames", framing="octet-counted"), h.tcp(name="nul", framing="nul"), h.udp()]
UDP_HEADER = 8


def noise(long):
    """Random bytes to each kind of listener; the account adds up whenever it is told."""
    dice = random.Random(19)
    with Scene(KINDS) as s:
        for _ in range(2000 if long else 200):
            for name in ("tcp", "frames", "nul"):
                with h.Client(s.sockd.address(name)) as c:
                    push(c, dice.randbytes(dice.randrange(1, 5000)))
            with s.sockd.datagrams() as c:
                c.send(dice.randbytes(dice.randrange(1, 1472)))
        for _ in range(3):
            received, *fates = map(int, s.sockd.wait_told(h.STATUS).groups())
            assert received == sum(fates), (received, fates)
    return s.figures


def answers(client):
    """Those that have arrived."""
    client.socket.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            yield client.receive()


def amplification(_):
    """No datagram of 0 to 1472 bytes has a longer answer. Each comes from a socket of its own."""
    with Scene([h.tcp(), h.udp()]) as s, s.sockd.datagrams() as last:
        clients = [s.sockd.datagrams() for _ in range(1473)]
        for size, c in enumerate(clients):
            c.send(b"x" * size)
            if size % 64 == 63:
                last.ask(b"x" * 64)  # so that no more wait than the receive buffer has room for
        last.ask(b"x" * 64)  # what came before it is answered
        found = [(len(a), size) for size, c in enumerate(clients) for a in answers(c)]
        close(clients)
        for answer, size in found:
            assert answer <= size, f"{answer} bytes to {size}"
        s.figures |= {"answers": len(found), "of the length at most": max(answer / size for answer, size in found)}
    return s.figures


def spoof(source, destination, data):
    """A datagram that says it is from source."""
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP) as s:
        s.setsockopt(socket.SOL_IP, socket.IP_HDRINCL, 1)
        size = UDP_HEADER + len(data)
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + size, 0, 0, 64, socket.IPPROTO_UDP, 0,
                         socket.inet_aton(source[0]), socket.inet_aton(destination[0]))
        s.sendto(ip + struct.pack("!HHHH", source[1], destination[1], size, 0) + data, (destination[0], 0))


def two_sockds(long):
    """Datagrams that each of two sockds seems to send to the other: an answer has no answer, also when they keep only
    one or two bytes of it."""
    n = 0
    for first, second in [(1, 2), (2, 1), (1, 1), (2, 2)]:
        with small(first) as a, small(second) as b:
            sizes = list(range(1, 200)) * (10 if long else 1)
            for size in sizes:
                spoof(b.address("udp"), a.address("udp"), b"x" * size)
                spoof(a.address("udp"), b.address("udp"), b"x" * size)
            for s in (a, b):
                told = h.wait_for(lambda s=s: at_least(s, len(sizes)), "all to be received")
                assert told <= 2 * len(sizes), f"{told} datagrams"
                s.stop()
                received = s.counters()["udp"].received
                assert received <= 2 * len(sizes), f"{received} datagrams after {2 * len(sizes)} at most"
                n += received
    return {"datagrams": n}


def small(size):
    return h.Sockd([h.udp()], top=f"limits = {{ message_size = {size}; }};\nworkers = 1;")


def at_least(s, n):
    received = int(s.wait_told(h.STATUS).group(1))
    return received if received >= n else 0
