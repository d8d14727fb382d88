# SPDX-License-Identifier: MIT
"""One address sends as much as it can; another must be served."""

import harness as h
from scene import Load, Scene

TOP = "limits = { connections = 20000; };\nworkers = 1;"
RECEIPTS = {False: 100, True: 1000}  # of the good client beside the flood, in the short tier and in the long one


def flood(n, long):
    """Pipelined, from n connections at once."""
    with Scene(top=TOP) as s:
        with Load(s.sockd.address(), "stream", "-c", str(n), "-s", "1000"):
            s.watch(RECEIPTS[long])
    return s.figures


def one(long):
    return flood(1, long)


def few(long):
    return flood(64, long)


def many(long):
    return flood(256, long)


def very_many(long):
    return flood(1000, long)


def one_message_each(long):
    """A connection for each message, 64 at a time."""
    with Scene(top=TOP) as s:
        with Load(s.sockd.address(), "short", "-r", "-c", "64"):
            s.watch(RECEIPTS[long])
    return s.figures


def datagrams(long):
    """Another address's datagrams are all answered, but for those that the kernel had no room for: the rate of the
    flood is far below what sockd takes, but on a machine that does not let it run, the receive buffer fills."""
    with Scene([h.udp()], good_at="udp") as s:
        with Load(s.sockd.address("udp"), "datagrams", "-c", "4", "-R", "20000"):
            s.watch(100 if long else 30)
    dropped = s.sockd.counters()["udp"].lost
    assert s.lost <= dropped, f"{s.lost} datagrams without an answer, {dropped} lost in the kernel"
    return s.figures | {"lost in the kernel": dropped, "without an answer": s.lost}
