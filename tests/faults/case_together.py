# SPDX-License-Identifier: MIT
"""Several faults at once, on a small disk, with occasional rotations, and a kill or a stop at the
end."""

import case_calls
from disks import Tmpfs


def random(round_):
    """Two to five of them, three times in a row."""
    r = round_
    disk = Tmpfs(r, size="16m")
    journal = r.journald()
    r.configure(level=r.rng.choice(("durable", "written")), outputs=[r.JOURNAL])
    faults = {
        "full": (lambda: disk.fill(r.rng.randrange(50000)), disk.free),
        "journal": (r.rng.choice((journal.hang, journal.die, journal.go)), journal.live),
        "clock": (lambda: r.injector.shift_clock(r.rng.uniform(-5, 5) * 86400), lambda: None),
        "flush": (lambda: r.injector.set("fdatasync", "EIO", partial=r.level == "durable",
                                         chance=r.rng.choice((0.01, 0.2, 1.0))), lambda: None),
        "slow": (lambda: r.injector.set("fdatasync", delay=0.3, chance=0.2), lambda: None),
        "calls": (lambda: case_calls.spell(r), lambda: None),
        "rotation": (r.rotate, lambda: None),
    }
    r.start()
    r.connect()
    n = 0
    for _ in range(3):
        chosen = r.rng.sample(sorted(faults), r.rng.randrange(2, 6))
        n += len(chosen)
        for name in chosen:
            faults[name][0]()
            case_calls.endure(r, r.rng.randrange(1, 200))
        if r.rng.random() < 0.3:
            r.kill()
            r.clients.disconnect()
            r.injector.clear()
            disk.free()
            r.start()
        for name in chosen:
            faults[name][1]()
        recovery = r.recover()
    _, result = r.finish()
    return r.figures(result, recovery, faults=n, injected=r.injector.total)
