# SPDX-License-Identifier: MIT
"""Users who ask for everything, again and again, while root has something to ask."""

import contextlib
import itertools
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import types

import bus
import harness as h
from control_peer import BusPeer, Peer, RETURN, another_user, needs_another_user
from scene import SLOW, Scene, close, p99

ASKER = pathlib.Path(__file__).resolve().parent / "asker.py"
QUESTIONS = "GetStatus", "ListPeers", "Reload"
ROUNDS = 60


@contextlib.contextmanager
def askers(how, path, users, n):
    """n clients of each of these users ask on and on. Yields a list that has the number of answers at the end."""
    answers = []
    command = [sys.executable, ASKER, how, path, str(n)]
    prefix = [["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] for user in users]
    running = [subprocess.Popen([*p, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE) for p in prefix]
    try:
        for p in running:
            assert p.stdout.readline() == b"asked\n", "the other clients have failed"
        yield answers
        for p in running:
            answers.append(int(p.communicate(timeout=h.DEADLINE)[0]))
    finally:
        for p in running:
            p.kill()
            p.wait()


def sources():
    for a, b in itertools.product(range(40), range(1, 255)):
        yield f"127.9.{a}.{b}", 0


def ask(kind, place, took):
    """As root, on a new connection, as sockctl does."""
    for member in QUESTIONS:
        begin = time.monotonic()
        with kind(place) as p:
            assert p.ask(member).answer().kind == RETURN, member
        took.setdefault(member, []).append(time.monotonic() - begin)


def judge(s, took, calm):
    """As Scene.judge_times()."""
    for member, times in took.items():
        times, usual = sorted(times), sorted(calm[member])
        s.figures |= {f"ms p99 of {member}": p99(times) * 1e3, f"ms worst of {member}": times[-1] * 1e3,
                      f"ms p99 of {member} at the control": p99(usual) * 1e3}
        assert p99(times) < SLOW + 10 * p99(usual), f"{member}: p99 {p99(times):.3f} s"


def queries(how, kind, places, users, n, s, long):
    took, calm = {}, {}
    clients = [h.Client(s.sockd.address(), source=source)
               for source in itertools.islice(sources(), 10000 if long else 2000)]
    for c in clients:
        c.send(b"a peer\n").receipts(1)
    with askers(how, places[0].path, users, n) as answers:
        for _ in range(ROUNDS):
            ask(kind, places[0], took)
            ask(kind, places[1], calm)
        s.watch(10)
    close(clients)
    assert sum(answers) > 0, "the others had no answer"
    judge(s, took, calm)
    s.figures["answers to others"] = sum(answers)


def skip_without_users():
    needs_another_user()
    try:
        with another_user():
            pass
    except OSError as e:
        raise h.Skip("this namespace has no other users") from e


TOP = "limits = { connections = 20000; };\nworkers = 1;"


def over_the_bus(long):
    """50 clients of another user on the bus."""
    skip_without_users()
    with bus.Bus() as b, bus.Bus() as calm, Scene(top=TOP, environments=(b.env, calm.env)) as s:
        b.wait_owned()
        calm.wait_owned()
        queries("bus", BusPeer, (b, calm), [65534], 50, s, long)
    return s.figures


def over_the_socket(long):
    """As many clients of other users as the control socket accepts."""
    skip_without_users()
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        os.chmod(first, 0o755)
        places = [types.SimpleNamespace(path=os.path.join(d, "control"), control=os.path.join(d, "control"))
                  for d in (first, second)]
        with Scene(top=TOP, environments=[{"RUNTIME_DIRECTORY": d} for d in (first, second)]) as s:
            queries("socket", Peer, places, range(60000, 60004), 4, s, long)
    return s.figures
