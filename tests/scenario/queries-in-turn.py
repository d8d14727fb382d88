#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Fifty clients of one user ask for a long list. Root asks last and is answered among the first, and so is another
user; nobody can take the places of others, and who asks and goes away costs nobody an answer."""

import contextlib
import os
import pwd
import signal
import struct

import bus
import harness as h
import servers
from control_peer import BusPeer, CALL, RETURN, Peer, another_user, message, needs_another_user

OTHERS = 50
PEERS = 4096
# Replies that may come before the one asked for last: those sent while the questions were still being read.
FEW = 5


def page(after):
    return {"signature": "tu", "body": struct.pack("=QI", after, 10)}


PAGE = page(0)
NONE = {"signature": "at", "body": struct.pack("=IIQ", 8, 0, 1 << 40)}
# As in control_queue.h.
USER_MAX = 64
ANOTHER = pwd.getpwnam("daemon").pw_uid  # the bus wants one that exists


@contextlib.contextmanager
def started(b, **keys):
    """A sockd with a full table of peers, and both a bus and a control socket."""
    with h.tempfile.TemporaryDirectory(prefix="sockd-test-") as d:
        os.chmod(d, 0o755)
        with open(os.path.join(d, "peers"), "w", encoding="ascii") as f:
            f.write("sockd peers 1\n")
            f.write("".join(f"10.0.{i >> 8}.{i & 255} 1 1 0 1 1700000000000000 1700000001000000 0 0\n"
                            for i in range(PEERS)))
        env = {**b.env, **keys.pop("env", {}), "RUNTIME_DIRECTORY": d, "STATE_DIRECTORY": d}
        with h.Sockd(env=env, **keys) as s:
            s.control = os.path.join(d, "control")
            b.wait_owned()
            yield s
            s.stop()


def peer_of(user, held, b):
    with another_user(user):
        return held.enter_context(BusPeer(b))


def answered_before(b, s, others, last, member, **arguments):
    """All others ask for the peers, then LAST asks. Returns how many of the others were answered before it was: a
    monitor sees all that passes the bus in its order."""
    names = {p.name for p in others}
    with BusPeer(b).monitor() as m:
        s.signal(signal.SIGSTOP)
        for p in others:
            p.ask("ListPeers")
            m.wait(lambda seen, p=p: seen.kind == CALL and seen.fields.get(7) == p.name)
        last.ask(member, serial=3, **arguments)
        m.wait(lambda seen: seen.kind == CALL and seen.fields.get(7) == last.name)
        s.signal(signal.SIGCONT)
        passed = []

        def is_last(seen):
            passed.append(seen)
            return seen.fields.get(6) == last.name and seen.fields.get(5) == 3
        assert m.wait(is_last).kind == RETURN
    for p in others:
        answer = p.answer()
        assert answer.kind == RETURN and answer.size > PEERS * 200, answer
    return sum(seen.kind == RETURN and seen.fields.get(6) in names for seen in passed)


def test_root_comes_first():
    needs_another_user()
    with bus.Bus() as b, contextlib.ExitStack() as held, started(b) as s:
        others = [peer_of(65534, held, b) for _ in range(OTHERS)]
        for member in ("GetStatus", "ListPeers"):
            with BusPeer(b) as root:
                n = answered_before(b, s, others, root, member)
            assert n <= FEW, (member, n)
        # The workers are asked first; what is sent until then is not root's fault.
        with BusPeer(b) as root:
            n = answered_before(b, s, others, root, "ListConnections", **PAGE)
        assert n <= OTHERS // 2, n


def test_users_take_turns():
    needs_another_user()
    with bus.Bus() as b, contextlib.ExitStack() as held, started(b) as s:
        others = [peer_of(65534, held, b) for _ in range(OTHERS)]
        n = answered_before(b, s, others, peer_of(ANOTHER, held, b), "ListPeers")
        assert n <= FEW, n


def test_places():
    """The lists of connections of one user all wait, because a worker hangs. Those that are too many are refused,
    those of others are not."""
    needs_another_user()
    with bus.Bus() as b, h.tempfile.TemporaryDirectory() as d:
        log = os.path.join(d, "messages.log")
        delayed = h.delayed("write:when=2", log)
        with started(b, **delayed, directory=d) as s, s.connect() as c:
            c.send(b"first\n").receipts(1)
            c.send(b"held up\n")
            h.wait_for(lambda: b.rows("status")["waiting"] == 1, "the message")
            with another_user():
                p = Peer(s)
            with another_user(ANOTHER):
                q = Peer(s)
            with p, q:
                p.send(b"".join(message("ListConnections", serial=i, **PAGE) for i in range(1, USER_MAX + 2)))
                assert b"too many calls" in p.until(b"too many calls")
                q.send(message("ListConnections", **PAGE))
                assert b"blocked by an output" in q.until(b"output", b"too many")
                p.send(b"".join(message("ListConnections", serial=i, **PAGE) for i in range(100, 100 + USER_MAX)))
                r = servers.sockctl("disconnect", "1", env={"SOCKD_CONTROL": s.control})
                assert r.code == 1 and r.err == "sockctl: a worker is blocked by an output\n", r
            s.release()
            c.receipts(1)


def test_different_lists():
    """Calls that need different answers of the workers, all at once: each gets its own."""
    needs_another_user()
    calls = [("ListConnections", page(i % 4)) for i in range(20)]
    for i in range(0, 20, 5):
        calls[i] = ("Disconnect", NONE)
    with bus.Bus() as b, started(b) as s:
        for user in (0, 65534):
            with another_user(user):
                p = Peer(s)
            with p:
                p.send(b"".join(message(member, serial=i, **keys) for i, (member, keys) in enumerate(calls, 1)))
                left = set(range(1, len(calls) + 1))
                while left:
                    left.discard(p.wait(lambda seen: 5 in seen.fields).fields[5])


def test_gone_before_the_answer():
    needs_another_user()
    with bus.Bus() as b, started(b) as s:
        for _ in range(10):
            s.signal(signal.SIGSTOP)
            for _ in range(4):
                with another_user():
                    p = Peer.__new__(Peer)
                    connect(p, s)
                p.socket.close()
            s.signal(signal.SIGCONT)
        assert servers.sockctl("status", env={"SOCKD_CONTROL": s.control}).code == 0


def connect(p, s):
    """Authentication and two calls at once, because a sockd that is stopped does not answer."""
    p.socket = h.socket.socket(h.socket.AF_UNIX)
    p.socket.connect(s.control)
    p.send(b"\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n")
    p.send(message("ListPeers") + message("ListConnections", serial=2, **PAGE))


if __name__ == "__main__":
    h.main()
