# SPDX-License-Identifier: MIT
"""Power fails: what was not flushed is lost, even if it was written."""

from disks import Ext4


def cut(round_):
    """Two power cuts under load; every message acknowledged as "durable" is there afterwards, in whole lines."""
    return _cut(round_, local=None)


def cut_many(round_):
    """The same with a file for each client: many are flushed together with their file system."""
    return _cut(round_, n_clients=20, file={"path": round_.log + ".%{peer}"})


def _cut(r, n_clients=None, **keys):
    disk = Ext4(r)
    r.configure(level="durable", **keys)
    r.prepare(n_clients)
    n = 0
    for _ in range(2):
        r.launch(int(r.rng.lognormvariate(5.5, 1.2)))
        r.reach_work()
        # The whole machine stops at the same moment: the daemon never sees a disk without power.
        r.freeze()
        disk.cut_power()
        r.clients.drain()
        r.kill()
        r.clients.disconnect()
        disk.boot()
        n += 1
        r.start()
        r.stop()
        r.check()
    r.launch(10)
    _, result = r.finish()
    return {"power cuts": n, **r.figures(result)}
