# SPDX-License-Identifier: MIT
"""The clock is set forwards and backwards by up to five days: no connection times out, no ID
repeats."""

DAY = 86400


def jumps(round_):
    """Under load, and between a kill and the next start."""
    r = round_
    r.configure(top="limits = { idle_timeout = 30; };")
    for _ in range(2):
        r.start()
        r.connect()
        for _ in range(4):
            r.run_for(r.rng.randrange(1, 300))
            r.injector.shift_clock(r.rng.choice((-5 * DAY, 5 * DAY, -1, r.rng.uniform(-5, 5) * DAY)))
        r.run_for(100)
        assert r.clients.n_reset == 0 and r.clients.n_error == 0
        r.kill()
        r.clients.disconnect()
    r.start()
    r.connect()
    r.run_for(100)
    _, result = r.finish()
    return r.figures(result)
