# SPDX-License-Identifier: MIT
"""What a case of abuse runs in: the sockd that is abused, a second one that is not, and a good client at each of
them, which come from 127.0.1.1 while abuse comes from other addresses. Load and good clients are processes of their
own.

What decides are facts: receipts, records, accounts, the peak of memory. Figures of speed are printed; no machine is
too slow for this test."""

import contextlib
import mmap
import os
import pathlib
import subprocess
import sys

import harness as h
from good import text_of

HERE = pathlib.Path(__file__).resolve().parent
LOAD = os.environ["SOCKD_LOAD"]
GOOD = "127.0.1.1"
SENT_BY_GOOD = b" 127.0.1.1:"
SLOW = 1.0  # seconds, see judge_times()


class Good:
    """A good client of its own process, see good.py."""

    def __init__(self, sockd, name):
        self.sockd, self.path = sockd, sockd.path("good")
        with open(self.path, "wb") as out:
            command = [sys.executable, HERE / "good.py", name, GOOD, *map(str, sockd.address(name))]
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out)

    def count(self):
        """Messages that are done with."""
        assert self.process.poll() in (None, 0), "the good client has ended"
        return h.count_lines(self.path)

    def wait(self, n, what):
        """For n more."""
        n += self.count()
        h.wait_for(lambda: self.count() >= n, f"{what}: the good client is not served", 120)

    def finish(self):
        """Returns {ID: text}, the seconds that each took, and how many had no answer."""
        self.process.stdin.close()
        assert self.process.wait(h.DEADLINE) == 0, "the good client has failed"
        lines = [line.split() for line in h.lines_of(self.path)]
        ids = {number: text_of(int(i)) for number, i, _ in lines if number != b"-"}
        took = sorted(float(seconds) for number, _, seconds in lines if number != b"-")
        assert took, "the good client had no receipt"
        return ids, took, len(lines) - len(took)

    def kill(self):
        self.process.kill()
        self.process.wait()


class Load:
    """bench/load without an end, in a process of its own: with Load(...)."""

    def __init__(self, address, kind, *args):
        self.command = [LOAD, kind, "-a", address[0], "-p", str(address[1]), "-n", "999999999", "-t", "600", *args]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL)
        return self

    def __exit__(self, kind, error, trace):
        early = self.process.poll()
        self.process.kill()
        self.process.wait()
        assert kind or early is None, f"the load has ended with {early}"


def p99(took):
    return took[len(took) * 99 // 100]


class Scene:
    """with Scene(...) as s: abuse s.sockd. At the end the good client is still served, both sockds stop, both accounts
    add up, and all that the good client got receipts for is in the file. GOOD_AT: the listener of the good clients.
    MEMORY_MAX: the most bytes that the abused one may ever have been resident with. ENVIRONMENTS: of the two. The first
    of OUTPUTS is the file of the good client."""

    def __init__(self, listeners=None, top="workers = 1;", good_at="tcp", memory_max=None, environments=({}, {}),
                 outputs=None):
        self.good_at, self.memory_max = good_at, memory_max
        self.figures, self.lost, self.goods = {}, 0, []
        self.sockd, self.control = [h.Sockd(listeners, outputs, top=top, env=env) for env in environments]

    def __enter__(self):
        try:
            self.goods = [Good(sockd, self.good_at) for sockd in (self.sockd, self.control)]
            for good in self.goods:
                good.wait(1, "before any abuse")
        except BaseException as e:
            self.__exit__(type(e), e, None)
            raise
        return self

    def __exit__(self, kind, error, trace):
        try:
            if kind is None:
                self.judge()
        except BaseException as e:
            kind, error = type(e), e
            raise
        finally:
            for good in self.goods:
                good.kill()
            self.sockd.__exit__(kind, error, trace)
            self.control.__exit__(kind, error, trace)

    def watch(self, n):
        """Goes on until the good client has had so many receipts beside the abuse."""
        self.goods[0].wait(n, "beside the abuse")

    def judge(self):
        for good in self.goods:
            good.wait(10, "after the abuse")
        (ids, took, self.lost), (_, calm, _) = [good.finish() for good in self.goods]
        peak = self.sockd.memory_peak()
        self.sockd.stop()
        self.control.stop()
        self.judge_records(ids)
        self.figures["MiB peak"] = peak / 2**20
        # A sanitizer has memory of its own.
        assert not self.memory_max or h.SANITIZED or peak <= self.memory_max, f"{peak >> 20} MiB resident"
        self.judge_times(took, calm)

    def judge_times(self, took, calm):
        """A busy machine delays both sockds alike, and one that has been busy for a moment may delay only one. So only
        what no such moment explains has failed: a hundredth of the receipts took a second, and ten times as long
        as those at the sockd that was left alone. A queue in which the good client stands behind a whole flood
        shows as that: 1,000 streams with 256 KiB each are two seconds and a half."""
        self.figures |= {"ms p99": p99(took) * 1e3, "ms p99 at the control": p99(calm) * 1e3, "receipts": len(took)}
        assert p99(took) < SLOW + 10 * p99(calm), f"p99 {p99(took):.3f} s, {p99(calm):.3f} s at the control"

    def judge_records(self, receipted):
        """The file may have millions of records: only those of the good client are parsed."""
        kept = {}
        with open(self.sockd.log, "rb") as f, mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as data:
            found = data.find(SENT_BY_GOOD)
            while found >= 0:
                end = data.find(b"\n", found)
                record = h.record(data[data.rfind(b"\n", 0, found) + 1:end])
                kept[record.id] = bytes(record)
                found = data.find(SENT_BY_GOOD, end)
        for number, text in receipted.items():
            assert kept.get(number) == text, f"receipted and not in the file: {number} {text!r}"

    def connect(self, n, name="tcp"):
        """n streams of the abuser; they are closed by Sockd.stop() at the latest."""
        return [self.sockd.connect(name) for _ in range(n)]


def push(client, data):
    """Unless sockd closes the stream."""
    with contextlib.suppress(ConnectionResetError, BrokenPipeError):
        client.send(data)


def close(clients):
    for c in clients:
        c.close()


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
        fields = f.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
