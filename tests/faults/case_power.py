# SPDX-License-Identifier: MIT
"""The power goes: what was not flushed is gone, whatever was written."""

from disks import Ext4


def cut(round_):
    """Two power cuts under load; every message receipted "durable" is there, in whole lines, when power is back."""
    r = round_
    disk = Ext4(r)
    r.configure(level="durable")
    n = 0
    for _ in range(2):
        r.launch(int(r.rng.lognormvariate(5.5, 1.2)))
        r.reach_work()
        # All of the machine stops in the same moment: the daemon does not live to see a disk without power.
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
