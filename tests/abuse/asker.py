#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Clients of a user who asks sockd for everything, again and again, a process of its own: each asks the next question
when the last one is answered, until standard input ends. Prints "asked", and how many answers there were.

    tests/abuse/asker.py bus|socket PATH CLIENTS"""

import pathlib
import select
import struct
import sys
import types

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent.parent)]
sys.dont_write_bytecode = True

from control_peer import BusPeer, ERROR, Peer, RETURN  # noqa: E402 pylint: disable=wrong-import-position

EVERYTHING = [("ListConnections", {"signature": "tu", "body": struct.pack("=QI", 0, 2**32 - 1)}), ("ListPeers", {}),
              ("GetStatus", {}), ("ListListeners", {}), ("ListOutputs", {})]


def ask(peer, number):
    member, arguments = EVERYTHING[number % len(EVERYTHING)]
    peer.ask(member, serial=number + 2, **arguments)


def main():
    how, path, n = sys.argv[1:]
    place = types.SimpleNamespace(path=path, control=path)
    peers = [{"bus": BusPeer, "socket": Peer}[how](place) for _ in range(int(n))]
    asked = {p.socket.fileno(): [p, i] for i, p in enumerate(peers)}
    poll = select.epoll()
    poll.register(sys.stdin)
    for fd, (p, number) in asked.items():
        poll.register(fd, select.EPOLLIN)
        ask(p, number)
    print("asked", flush=True)
    n_answers = 0
    while True:
        for fd, _ in poll.poll():
            if fd == sys.stdin.fileno():
                print(n_answers)
                return
            entry = asked[fd]
            entry[0].receive()
            for m in entry[0].take():
                if m.kind in (RETURN, ERROR):
                    n_answers += 1
                    entry[1] += 1
                    ask(*entry)


if __name__ == "__main__":
    main()
