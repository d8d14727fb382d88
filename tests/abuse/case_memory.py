# SPDX-License-Identifier: MIT
"""Partial messages: limits.memory is a ceiling whatever is sent."""

import signal

import harness as h
from scene import Scene, close, push

SIZE = 65536
CEILING = 80 << 20  # resident, with limits.memory = 64 MiB
TOP = "limits = {{ memory = 67108864; message_size = {size}; connections = 20000; }};\nworkers = {workers};"
LISTENERS = [h.tcp(message_timeout=0), h.tcp(name="frames", framing="octet-counted")]


def scene(workers=1):
    return Scene(LISTENERS, TOP.format(size=SIZE, workers=workers), memory_max=CEILING)


def some_refused(s, name):
    refused = s.sockd.counters()[name].refused
    assert refused > 0, "the share of partial messages was never full"
    return {"refused": refused}


def one_byte_short(long, workers):
    """Streams that each send one byte less than a message may have, and no end."""
    with scene(workers) as s:
        clients = s.connect(10000 if long else 2500)
        for c in clients:
            push(c, b"x" * (SIZE - 1))
        close(clients)
    return s.figures | some_refused(s, "tcp")


def short_1(long):
    return one_byte_short(long, 1)


def short_2(long):
    return one_byte_short(long, 2)


def oldest_are_small(long):
    """The oldest partial messages have one byte each: to close them frees next to nothing."""
    with scene() as s:
        small = s.connect(5000 if long else 1500)
        for c in small:
            push(c, b"x")
        large = s.connect(10000 if long else 1500)
        for c in large:
            push(c, b"x" * (SIZE - 1))
        close(small + large)
    return s.figures | some_refused(s, "tcp")


def fin_in_frame(_):
    """Streams that end inside a frame take nothing off the account of the others."""
    with scene() as s:
        for _ in range(2500):
            with h.Client(s.sockd.address("frames")) as c:
                push(c, b"60000 " + b"x" * 30000)
                c.finish()
        clients = s.connect(2000, "frames")
        for c in clients:
            push(c, b"65536 " + b"x" * 65535)
        close(clients)
    return s.figures | some_refused(s, "frames")


def reload(s, text):
    """Returns when the new settings are in force."""
    n = s.stderr.count("\nreloaded")
    s.told()
    s.write_config(text)
    s.signal(signal.SIGHUP)
    h.wait_for(lambda: s.stderr.count("\nreloaded") > n, "the reload")


def pattern(n):
    """No two parts of it that are not too far apart are the same: a hole is seen."""
    return b"".join(b"%07d." % i for i in range(n // 8 + 1))[:n]


def size_changes(long):
    """limits.message_size is lowered and raised in the middle of messages: what is cut is marked, in the receipt and
    in the record, and what is there is the beginning."""
    sizes = [(100000, 100), (100, 100000), (100000, 50000), (50000, 100000), (1 << 20, 100), (100, 1 << 20)]
    with Scene(LISTENERS[:1], TOP.format(size=100, workers=1)) as s:
        bodies = {}
        for before, after in sizes * (10 if long else 1):
            for n, more in [(60000, 30000), (60000, 60000), (50, 100), (90, 30000), (200, 3 << 20)]:
                reload(s.sockd, h.config_text(LISTENERS[:1], top=TOP.format(size=before, workers=1)))
                with s.sockd.connect() as c:
                    sent = pattern(n + more)
                    c.send(sent[:n])
                    h.wait_for(lambda: s.sockd.has_read_all(c), "the first part to be read")
                    reload(s.sockd, h.config_text(LISTENERS[:1], top=TOP.format(size=after, workers=1)))
                    c.send(sent[n:] + b"\n")
                    match = h.RECEIPT.fullmatch(c.line())
                    bodies[match.group(1)] = (sent, bool(match.group(3)))
        s.figures["messages"] = len(bodies)
        judge_bodies(s.sockd, bodies)
    return s.figures


def judge_bodies(sockd, bodies):
    for r in sockd.records():
        if r.id in bodies:
            sent, truncated = bodies.pop(r.id)
            kept = bytes(r)
            assert sent.startswith(kept), f"a hole after {len(kept)} of {len(sent)} bytes"
            assert truncated == (len(kept) < len(sent)), f"{len(kept)} of {len(sent)} bytes, truncated: {truncated}"
            assert h.true_size(r.text) == (len(sent) if truncated else None), r.text[-60:]
    assert not bodies, f"receipted and not in the file: {list(bodies)}"
