# SPDX-License-Identifier: MIT
"""Faults of other cases, with clients that speak TLS."""

import case_calls
import case_disk
import case_flush
import case_kill
import case_power


def with_tls(case):
    def run(round_):
        round_.tls = True
        return case(round_)

    return run


def full_or_not_writable(round_):
    """The disk is full, the quota is used up, or it cannot be written."""
    return round_.rng.choice((case_disk.full, case_disk.quota, case_disk.write_error))(round_)


kill = with_tls(case_kill.kill)
power = with_tls(case_power.cut)
disk = with_tls(full_or_not_writable)
flush = with_tls(case_flush.fails)
# Whatever the socket takes of a record, the rest of it follows.
calls = with_tls(case_calls.random)
# The library of TLS has none either.
no_memory = with_tls(case_calls.no_memory)
