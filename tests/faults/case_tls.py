# SPDX-License-Identifier: MIT
"""Faults of other cases, with clients that speak TLS."""

import case_calls
import case_disk
import case_flush
import case_kill
import case_power


def kill(round_):
    round_.tls = True
    return case_kill.kill(round_)


def power(round_):
    round_.tls = True
    return case_power.cut(round_)


def disk(round_):
    """It is full, the quota is used up, or it cannot be written."""
    round_.tls = True
    return round_.rng.choice((case_disk.full, case_disk.quota, case_disk.write_error))(round_)


def flush(round_):
    round_.tls = True
    return case_flush.fails(round_)


def calls(round_):
    """The same calls as without TLS: whatever the socket takes of a record, the rest of it follows."""
    round_.tls = True
    return case_calls.random(round_)


def no_memory(round_):
    """The library of TLS has none either."""
    round_.tls = True
    return case_calls.no_memory(round_)
