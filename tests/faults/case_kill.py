# SPDX-License-Identifier: MIT
"""The daemon is killed in the middle of its work, and started again with what it left behind."""

import harness as h

# The calls of the commit path, and those that start and rotation add.
CALLS = ("write", "fdatasync", "fsync", "openat", "rename", "unlink", "ftruncate", "fallocate", "utimensat", "flock",
         "close", "recvfrom", "recvmmsg", "sendto", "sendmsg", "sendmmsg", "accept4")


def kill(round_):
    """SIGKILL at a random moment, one to three times; everything acknowledged is in the file, which has whole lines
    only."""
    return _kill(round_, local=None)


def kill_many(round_):
    """The same with a file for each client, two of which are open at a time."""
    return _kill(round_, file={"path": round_.log + ".%{peer}", "files_open": 2})


def _kill(r, **keys):
    r.configure(**keys)
    for _ in range(r.rng.choice((1, 1, 2, 3))):
        r.launch(int(r.rng.lognormvariate(6, 1.2)))
        r.reach_work()
        r.kill()
        r.clients.disconnect()
    r.launch(10)
    _, result = r.finish()
    return {"kills": len(r.starts) - 1, **r.figures(result)}


def _until_killed(r, n_messages):
    """Messages one by one, across a rotation, a removal and a failed flush. Returns whether the daemon survived."""
    clients = r.clients

    def go_on(n):
        goal = clients.n_ok + n
        return clients.run(lambda: clients.n_ok >= goal, "receipts") and bool(clients.members[0].socket)

    clients.connect()
    if not go_on(n_messages):
        return False
    r.rotate()
    r.daemon.signal(1)
    if not go_on(n_messages):
        return False
    r.damage()
    if not go_on(n_messages):
        return False
    r.remove()
    return go_on(n_messages)


def _killed_at(r, call, number, n_messages):
    """SIGKILL at the NUMBERth call. Returns whether there were that many."""
    r.renew(udp=False)
    prefix = (h.tool("strace"), "-DDD", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}",
              "-e", f"inject={call}:signal=SIGKILL:when={number}")
    survived = False
    if r.start_or_die(prefix=prefix):
        r.prepare(n=1, windows=(1,))
        try:
            survived = _until_killed(r, n_messages)
        except ConnectionError:
            pass
    r.injector.clear()
    r.kill()
    if r.clients:
        r.clients.disconnect()
    r.start()
    r.connect(n=1, windows=(1,))
    r.wait_ok()
    _, result = r.finish(excuse=lambda m: m.sent <= r.removed)
    return survived, result.n_ok


def sweep(round_):
    """SIGKILL at every call of the commit path, one after the other; each time everything acknowledged is there."""
    r = round_
    n_sites = n_ok = 0
    for call in CALLS:
        survived, number = False, 0
        while not survived:
            number += 1
            survived, n = _killed_at(r, call, number, r.pick(4, 25))
            n_ok += n
        n_sites += number - 1
    return {"calls": n_sites, "receipts": n_ok, "missing": 0}
