# SPDX-License-Identifier: MIT
"""sockd's own log under thousands of peers that are turned away."""

import contextlib
import itertools
import re
import time

import harness as h
from scene import Scene, close

INTERVAL = 10  # seconds in which a listener has one line of a kind
HOLDER = "127.0.0.5", 0
# What is said of the peers of each listener.
LINES = {"full": r"^listener full: .* limits\.connections_per_peer \(2\) reached, connection rejected",
         "closed": r"^listener closed: .* is in deny, denied",
         "frames": r"^listener frames: .* sent a bad octet count"}
COUNT = re.compile(r" \((\d+) similar messages suppressed\)$")


def sources():
    for a, b in itertools.product(range(256), range(1, 255)):
        yield f"127.9.{a}.{b}", 0


def turn_away(s, n):
    """n connections to each of these listeners, most of them from different addresses."""
    for source in itertools.islice(sources(), n):
        for name in LINES:
            with contextlib.suppress(ConnectionResetError, BrokenPipeError), \
                    h.Client(s.address(name), source=HOLDER if name == "full" else source) as c:
                c.send(b"no count\n")
                c.rest()


def said(s):
    """Its lines about each listener."""
    lines = s.stderr.splitlines()
    return {name: [line for line in lines if re.search(pattern, line)] for name, pattern in LINES.items()}


def stands_for(line):
    match = COUNT.search(line)
    return 1 + int(match.group(1)) if match else 1


def refused(long):
    """Of each kind and listener there is at most one line in ten seconds, and they say how many they stand for."""
    n = 33400 if long else 3400
    listeners = [h.tcp(), h.tcp(name="full"), h.tcp(name="closed", deny=["127.9.0.0/16"]),
                 h.tcp(name="frames", framing="octet-counted")]
    with Scene(listeners, "limits = { connections_per_peer = 2; };\nworkers = 1;") as s:
        holders = [h.Client(s.sockd.address(), source=HOLDER) for _ in range(2)]
        for c in holders:
            c.send(b"takes a place\n").receipts(1)
        begin = time.monotonic()
        turn_away(s.sockd, n)
        before = said(s.sockd)

        def all_counted():
            turn_away(s.sockd, 1)
            return all(len(lines) > len(before[name]) for name, lines in said(s.sockd).items())
        h.wait_for(all_counted, "the next line of each kind")
        allowed = 1 + (time.monotonic() - begin) / INTERVAL
        close(holders)
        for name, lines in said(s.sockd).items():
            assert len(lines) <= allowed, f"{len(lines)} lines, {allowed:.1f} allowed:\n" + "\n".join(lines)
            told = sum(map(stands_for, lines))
            assert told >= n, f"{told} of {n} were told of:\n" + "\n".join(lines)
            s.figures[f"lines about {name}"] = len(lines)
        s.figures |= {"turned away": 3 * n}
    return s.figures
