# SPDX-License-Identifier: MIT
"""The other side of inject.c: writes the rules by which calls of a preloaded daemon fail, and reads
how often they applied."""

import ctypes
import errno
import mmap
import os

CALLS = ("write", "fdatasync", "fsync", "open", "ftruncate", "fallocate", "rename", "unlink", "fstat", "lstat", "pread",
         "flock", "fchmod", "recv", "recvmmsg", "send", "sendmsg", "sendmmsg", "accept", "epoll_wait", "epoll_ctl",
         "socket", "connect", "memfd", "poll", "allocate")
SURE = 1000000
FOR_EVER = 2**64 - 1
ERRORS_MAX = 4


class Rule(ctypes.Structure):
    _fields_ = [("chance", ctypes.c_uint32), ("errors", ctypes.c_int32 * ERRORS_MAX), ("partial", ctypes.c_uint32),
                ("delay_usec", ctypes.c_uint64), ("first", ctypes.c_uint64), ("last", ctypes.c_uint64),
                ("n_calls", ctypes.c_uint64), ("n_hits", ctypes.c_uint64)]


class Control(ctypes.Structure):
    _fields_ = [("seed", ctypes.c_uint64), ("clock_usec", ctypes.c_int64), ("n_second_flushes", ctypes.c_uint64),
                ("rules", Rule * len(CALLS))]


class Injector:
    """The rules for successive daemons on one directory. Calls without a rule are not changed."""

    LIBRARY = os.path.abspath(os.environ.get("SOCKD_INJECT", "tests/faults/inject.so"))

    def __init__(self, seed, path, directory):
        assert os.path.exists(self.LIBRARY), f"{self.LIBRARY} is missing"
        with open(path, "w+b") as f:
            f.truncate(ctypes.sizeof(Control))
            self.map = mmap.mmap(f.fileno(), ctypes.sizeof(Control))
        self.control = Control.from_buffer(self.map)
        self.control.seed = seed % 2**64
        self.environment = {"LD_PRELOAD": self.LIBRARY, "SOCKD_FAULTS": path, "SOCKD_FAULTS_DIRECTORY": directory}
        self.total = 0

    def rule(self, call):
        return self.control.rules[CALLS.index(call)]

    def set(self, call, *errors, chance=1.0, partial=False, delay=0.0, first=1, last=FOR_EVER):
        """From now on, CALL fails with one of the ERRORS (names), is cut short, or is delayed by DELAY seconds: each
        call from number FIRST (1 is the next one) to LAST, with a probability of CHANCE."""
        rule = self.rule(call)
        self.clear(call)
        for i, name in enumerate(errors):
            rule.errors[i] = getattr(errno, name)
        rule.partial = partial
        rule.delay_usec = int(delay * 1e6)
        rule.first, rule.last = first, last
        rule.chance = max(1, int(chance * SURE))

    def clear(self, *calls):
        """Removes the rules for CALLS; without arguments, all rules."""
        for call in calls or CALLS:
            rule = self.rule(call)
            rule.chance = 0
            self.total += rule.n_hits
            rule.n_hits = rule.n_calls = 0
            for i in range(ERRORS_MAX):
                rule.errors[i] = 0
            rule.partial = rule.delay_usec = 0

    def is_set(self, call):
        return self.rule(call).chance > 0

    def hits(self, call):
        """How often a rule for CALL was applied since it was set."""
        return self.rule(call).n_hits

    def calls(self, call):
        return self.rule(call).n_calls

    def shift_clock(self, seconds):
        """Offsets CLOCK_REALTIME."""
        self.control.clock_usec = int(seconds * 1e6)

    @property
    def second_flushes(self):
        """Flushes of files whose flush had failed before: each could have hidden a loss."""
        return self.control.n_second_flushes
