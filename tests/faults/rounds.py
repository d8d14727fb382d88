# SPDX-License-Identifier: MIT
"""One round of a case: its dice, its directory, its daemon, its clients, and what must hold at its end."""

import contextlib
import os
import random
import re
import shutil
import tempfile
import time

import harness as h
import ledger
from clients import Clients, Plain, Tcp, Udp
from injector import Injector
from journald import Journald
from tls import Tls, settings

STATUS = re.compile(r"messages: (\d+) received, (\d+) recorded, (\d+) refused, (\d+) failed, (\d+) waiting")


class Round:
    """As a context manager it cleans up; the directory of a failed round is kept."""

    JOURNAL = h.journal()

    def __init__(self, case, seed, number, long=False):
        self.long = long
        self.rng = random.Random(f"{seed}/{case}/{number}")
        self.where = f"--seed {seed} --case {case} --round {number}"
        self.dir = tempfile.mkdtemp(prefix="sockd-faults-")
        os.chmod(self.dir, 0o755)
        self.log_dir = os.path.join(self.dir, "log")
        os.mkdir(self.log_dir)
        self.log = os.path.join(self.log_dir, "messages.log")
        self.injector = Injector(self.rng.getrandbits(64), os.path.join(self.dir, "rules"), self.log_dir)
        self.daemon = None
        self.undo = []
        self.starts = []
        self.clients = self.journal = None
        self.removed = 0.0
        self.answered = self.answered_before = self.memory_peak = 0
        self.n_rotations = 0
        self.local = self.tls = False

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if self.daemon:
            self.daemon.__exit__(kind, error, trace)
        if self.clients:
            self.clients.disconnect()
        for step in reversed(self.undo):
            step()
        if kind is None:
            shutil.rmtree(self.dir, ignore_errors=True)

    # What there is.

    now = staticmethod(time.monotonic)

    def pick(self, short, long):
        """True if only the long tier has the time for it."""
        return long if self.long else short

    def journald(self):
        self.journal = Journald()
        self.undo.append(self.journal.end)
        return self.journal

    # What runs.

    def configure(self, level=None, framing=None, outputs=(), udp=None, workers=None, top="", only=None,
                  kind=None, message_size=None, local=False, file=()):
        """Rolls what is None. The first output is the file that receipts are about, unless there is ONLY one;
        FILE: more of its settings. LOCAL: streams come over a Unix socket instead of TCP, unless self.tls."""
        rng = self.rng
        level = level or rng.choice(("durable", "durable", "written"))
        self.framing = framing or rng.choice(("line", "line", "nul", "octet-counted"))
        udp = rng.random() < 0.3 if udp is None else udp
        self.local = (rng.random() < 0.5 if local is None else local) and not self.tls
        kind_of = h.unix if self.local else h.tcp
        listeners = [kind_of(acknowledge=level, framing=self.framing, **settings() if self.tls else {})]
        if udp:
            listeners.append(h.udp(acknowledge=level))
        self.udp = udp
        self.level = level
        first = h.file(**{"path": self.log, "format": kind or rng.choice(("text", "text", "json")), **dict(file)})
        self.message_size = message_size or rng.choice((65536, 65536, 65536, 100))
        if "limits" not in top:
            top += f" limits = {{ message_size = {self.message_size}; }};"
        else:
            self.message_size = 65536
        self.text = h.config_text(listeners, [only] if only else [first, *outputs],
                                  f"workers = {workers or rng.choice((1, 1, 2, 3))}; {top}")

    def start(self, **keys):
        """A daemon on the directory; READY when this returns."""
        begin = time.monotonic()
        environment = {**self.injector.environment, **keys.pop("env", {})}
        self.daemon = h.Sockd(text=self.text, directory=self.dir, env=environment, **keys)
        self.starts.append(time.monotonic() - begin)
        self.answered, self.answered_before = 0, self.clients.n_answered if self.clients else 0
        return self.daemon

    def start_or_die(self, **keys):
        """For a daemon that may be killed before it is READY. Returns whether it got that far."""
        self.start(wait=False, **keys)
        try:
            self.daemon.wait_ready()
        except AssertionError:
            return False
        return True

    def renew(self, **keys):
        """Nothing has been sent yet."""
        for name in os.listdir(self.log_dir):
            os.unlink(os.path.join(self.log_dir, name))
        self.clients = None
        self.removed = 0.0
        self.configure(level="durable", framing="line", workers=1, **keys)

    def address(self):
        return self.daemon.path("stream") if self.local else self.daemon.address("tcp")

    def prepare(self, n=None, **keys):
        """Clients that do not connect yet. They ask for addresses each time, because a restart changes these."""
        if not self.clients:
            self.clients = Clients(self.rng, self.address,
                                   (lambda: self.daemon.address("udp")) if self.udp else None,
                                   lambda: Plain(self.framing), n=n or self.rng.choice((1, 3, 8)),
                                   message_size=self.message_size, kind=Tls if self.tls else Tcp, **keys)

    def connect(self, **keys):
        """Clients that are not connected."""
        self.prepare(**keys)
        self.clients.connect()

    def run(self, until, what="more receipts", timeout=20.0):
        done = self.clients.run(until, what, timeout)
        self.observe()
        return done

    def run_for(self, n, timeout=20.0):
        """Waits for N more answers."""
        goal = self.clients.n_answered + n
        return self.run(lambda: self.clients.n_answered >= goal, f"{n} more answers", timeout)

    def launch(self, n, **keys):
        """A daemon started with KEYS, and clients, until N answers have arrived."""
        self.start(**keys)
        self.connect()
        self.run_for(n)

    def reach_work(self):
        """Waits for a random moment within the work in progress."""
        goal = self.clients.n_sent + self.rng.randrange(2000)
        self.clients.run(lambda: self.clients.n_sent >= goal or self.clients.n_unanswered == 0, "more messages")

    def recover(self):
        """Removes the fault and reconnects all clients. Returns as wait_ok()."""
        self.injector.clear()
        self.clients.connect()
        return self.wait_ok()

    def pump(self):
        """Serves the clients for a moment; returns whether any is left."""
        end = self.now() + 0.02
        self.clients.connect()
        return self.clients.run(lambda: self.now() > end, "a moment")

    def wait_ok(self, timeout=20.0):
        """Waits until a message sent from now on has an "ok" receipt. Returns how many seconds that took."""
        begin = self.now()
        self.run(lambda: self.clients.newest_ok > begin, "an ok receipt for a new message", timeout)
        return self.now() - begin

    def rotate(self):
        """By rename, as logrotate does."""
        with contextlib.suppress(FileNotFoundError):
            os.rename(self.log, f"{self.log}.{self.n_rotations}")
            self.n_rotations += 1

    def remove(self):
        """rm; messages sent before may be lost with the file."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.log)
        self.removed = self.now()

    def leave_half_a_line(self, path=None):
        """A partial line after a whole one, as a crash leaves it."""
        with open(path or self.log, "wb") as f:
            f.write(b"2026-01-01T00:00:00.000000Z udp 192.0.2.1:1 x-0 u.before\n2026-01-01T00:00")

    def burst(self):
        """Many datagrams at once, from a sender that does not read the answers."""
        if self.udp:
            with self.daemon.datagrams() as d:
                for _ in range(200):
                    d.send(b"u.burst")
            self.clients.n_sent += 200

    def damage(self):
        """The next flush fails and discards the data it covered."""
        if not self.injector.is_set("fdatasync"):
            self.injector.set("fdatasync", "EIO", partial=True, last=1)

    def second_file(self):
        """A flush that no receipt waits for."""
        return h.file(path=os.path.join(self.log_dir, "second.log"), when_full="drop")

    def stall(self):
        """Waits until no answer has arrived for a while."""
        seen = [-1, 0.0]

        def still():
            if self.clients.n_answered != seen[0]:
                seen[:] = self.clients.n_answered, self.now()
            return self.now() - seen[1] > 0.5

        self.run(still, "a stall")

    # What must hold.

    def observe(self):
        """The counters as reported to the service manager: they add up, and clients were not told more than they
        say."""
        for text in self.daemon.told():
            match = STATUS.search(text)
            if not match:
                continue
            received, recorded, refused, failed, waiting = map(int, match.groups())
            assert received == recorded + refused + failed + waiting, text
            assert received <= self.clients.n_sent, f"{text}, but only {self.clients.n_sent} were sent"
            assert recorded + failed >= self.answered, f"{text}, but {self.answered} were answered before"
        self.answered = self.clients.n_answered - self.answered_before

    def freeze(self, pid=None):
        h.freeze(pid or self.daemon.pid)

    def kill(self):
        self.daemon.kill()
        self.daemon.__exit__(None, None, None)
        self.daemon = None

    def stop(self, code=0):
        """SIGTERM; the counters of each listener must add up."""
        self.observe()
        self.daemon.stop(code)
        daemon, self.daemon = self.daemon, None
        daemon.__exit__(None, None, None)
        assert self.injector.second_flushes == 0, "a file whose flush had failed was flushed again"
        return daemon

    def check(self, paths=None, levels=(b"written", b"durable"), **keys):
        result = ledger.compare(self.clients, paths or ledger.files_of(self.log), levels, **keys)
        # A file moved shortly before the daemon was killed is never opened again.
        if len(self.starts) > 1:
            result.torn[:] = [path for path in result.torn if path == self.log]
        ledger.expect_all_there(result, self.where)
        return result

    def figures(self, result, recovery=None, **more):
        """What a case reports: counts, and seconds."""
        told = {**more, "receipts": result.n_ok, "errors": self.clients.n_error, "missing": len(result.missing)}
        return told if recovery is None else {**told, "to recover": recovery}

    def finish(self, **keys):
        """Everything is answered, the stop is clean, everything is there."""
        self.injector.clear()
        self.memory_peak = self.daemon.memory_peak()
        self.clients.settle()
        self.clients.disconnect()
        daemon = self.stop()
        self.compare_account(daemon)
        return daemon, self.check(**keys)

    def compare_account(self, daemon):
        """Messages recorded are those answered with "ok", messages failed those answered with "error"."""
        clients, account = self.clients, daemon.counters()["stream" if self.local else "tcp"]
        if len(self.starts) == 1 and clients.n_reset == 0:
            told = [sum(m.fate == fate for c in clients.members if not isinstance(c, Udp) for m in c.messages)
                    for fate in (b"ok", b"error")]
            assert [account.recorded, account.failed] == told, f"{account}, but told were {told}"

    def suffer(self, reason, n=20):
        """Waits until N messages were refused for REASON; there must be no other reason."""
        before = self.clients.reasons[reason]
        self.run(lambda: self.clients.reasons[reason] >= before + n, f"errors: {reason.decode()}")

    def expect_reasons(self, *reasons):
        others = set(self.clients.reasons) - {b"not stored: " + r for r in reasons}
        assert not others, f"other reasons for errors: {others}"

    def expect_episode(self, daemon, name, n_failed=None):
        """One line when the output began to fail, one when it worked again, with the count between."""
        failed = re.findall(f"output {re.escape(name)}: .*messages are not stored", daemon.stderr)
        again = re.findall(f"output {re.escape(name)}: works again, ([0-9]+) messages were not stored", daemon.stderr)
        assert len(failed) == 1 and len(again) == 1, f"{failed}, {again}"
        if n_failed is not None and not self.udp:
            assert int(again[0]) == n_failed, f"{again}, but {n_failed} were told so"
