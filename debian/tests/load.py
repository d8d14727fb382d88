# SPDX-License-Identifier: MIT
"""A constant load on the installed sockd that keeps accounts: every receipt over TCP, every datagram over UDP. Afterwards
the log files must hold each receipted message under the id of its receipt, and each datagram once.

A stream that is open when sockd ends is drained: its receipts come, then EOF. What then has no receipt is sent again on a
new connection, as a client should; that is no fault. After a crash the stream is reset; the same. A connection that is
refused, or a stream that is reset though sockd was not killed, is a fault."""

import collections
import errno
import glob
import gzip
import itertools
import re
import select
import socket
import threading
import time

DEADLINE = 120.0
RECEIPT = re.compile(rb"ok ([0-9a-z-]{1,26}) (received|written|durable)")
LOG = "/var/log/sockd/messages.log"
# What the socket unit listens to.
BOTH = (("127.0.0.1", 9191), ("::1", 9191))
# Sockets that the config does not list have the defaults: no receipts over UDP.
SILENT = ("::1", 9191)
# What a stream has under way, and how many messages it sends before the client makes a new one.
WINDOW, STREAM_MESSAGES = 8, 40


class Account:
    """What happened; shared by all threads of a load under its condition."""

    def __init__(self):
        self.changed = threading.Condition()
        self.receipts = []          # (id, message, peer)
        self.datagrams = []         # messages sent
        self.datagram_receipts = 0
        self.connections = 0
        self.refused = []           # what connect() or send() said, for whom
        self.drained = 0            # streams that sockd ended with EOF
        self.reset = 0              # streams that ended otherwise
        self.errors = []            # replies that are no receipts, clients without an answer

    def add(self, name, item):
        with self.changed:
            value = getattr(self, name)
            if isinstance(value, list):
                value.append(item)
            else:
                setattr(self, name, value + item)
            self.changed.notify_all()


def text_peer(address):
    return f"[{address[0]}]:{address[1]}" if ":" in address[0] else f"{address[0]}:{address[1]}"


def family(host):
    return socket.AF_INET6 if ":" in host else socket.AF_INET


class StreamClient(threading.Thread):
    """Sends numbered lines over one connection after another."""

    def __init__(self, load, number, address):
        super().__init__(daemon=True)
        self.load, self.account, self.address = load, load.account, address
        self.messages = (f"{load.name}-tcp{number}-{n}".encode() for n in itertools.count())
        self.waiting = collections.deque()
        self.receipts, self.answered = 0, True

    def run(self):
        while not self.load.stopping.is_set() or self.waiting:
            sock = self.connect()
            if sock is None:
                return
            with sock:
                self.talk(sock)

    def connect(self):
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            sock = socket.socket(family(self.address[0]), socket.SOCK_STREAM)
            sock.settimeout(DEADLINE)
            try:
                sock.connect(self.address)
                self.account.add("connections", 1)
                return sock
            except OSError as error:
                sock.close()
                self.account.add("refused", f"connect to {self.address}: {error}")
                self.load.stopping.wait(0.02)
        self.account.add("errors", f"{self.address}: no connection within {DEADLINE:.0f} s")
        return None

    def talk(self, sock):
        """Until the stream has had its messages, or sockd ends it."""
        peer, sent, pending = text_peer(sock.getsockname()), 0, b""
        again, self.waiting = self.waiting, collections.deque()
        try:
            while True:
                room = WINDOW - len(self.waiting)
                while room > 0 and (again or (sent < STREAM_MESSAGES and not self.load.stopping.is_set())):
                    message = again.popleft() if again else next(self.messages)
                    self.waiting.append(message)
                    sock.sendall(message + b"\n")
                    sent, room = sent + 1, room - 1
                if not self.waiting:
                    break
                data = sock.recv(65536)
                if not data:
                    self.account.add("drained", 1)
                    break
                *lines, pending = (pending + data).split(b"\n")
                for line in lines:
                    self.receipt(line, peer)
                self.load.pace()
        except TimeoutError:
            self.account.add("errors", f"{peer}: no receipt within {DEADLINE:.0f} s for {self.waiting[0]!r}")
        except OSError as error:
            if error.errno not in (errno.ECONNRESET, errno.EPIPE):
                self.account.add("errors", f"{peer}: {error}")
            self.account.add("reset", 1)
        self.waiting.extend(again)

    def receipt(self, line, peer):
        match = RECEIPT.fullmatch(line)
        if match and self.waiting:
            self.receipts += 1
            self.account.add("receipts", (match.group(1), self.waiting.popleft(), peer))
        else:
            self.account.add("errors", f"{peer}: {line!r}")
            if self.waiting:
                self.waiting.popleft()


class DatagramClient(threading.Thread):
    """Sends numbered datagrams at a steady rate that a socket's buffer can hold for as long as a restart takes."""

    def __init__(self, load, number, address, rate):
        super().__init__(daemon=True)
        self.load, self.account, self.address, self.rate = load, load.account, address, rate
        self.messages = (f"{load.name}-udp{number}-{n} is as long as its receipt".encode() for n in itertools.count())
        self.receipts, self.answered = 0, address != SILENT

    def run(self):
        with socket.socket(family(self.address[0]), socket.SOCK_DGRAM) as sock:
            sock.connect(self.address)
            sock.setblocking(False)
            due = time.monotonic()
            while not self.load.stopping.is_set():
                wait = due - time.monotonic()
                if wait > 0 and not select.select([sock], [], [], wait)[0]:
                    continue
                self.take(sock)
                if time.monotonic() >= due:
                    # Never faster than the rate, not even to catch up.
                    due = max(due + 1 / self.rate, time.monotonic())
                    self.send(sock)

    def send(self, sock):
        message = next(self.messages)
        try:
            sock.send(message)
        except ConnectionRefusedError:
            # The answer to an earlier datagram; this one was not sent.
            self.account.add("refused", f"datagrams to {self.address}")
            return
        self.account.add("datagrams", message)

    def take(self, sock):
        while True:
            try:
                reply = sock.recv(65536)
            except BlockingIOError:
                return
            except ConnectionRefusedError:
                self.account.add("refused", f"datagrams to {self.address}")
                return
            if RECEIPT.fullmatch(reply.rstrip(b"\n")) or reply.startswith(b"ok "):
                self.receipts += 1
                self.account.add("datagram_receipts", 1)
            else:
                self.account.add("errors", f"{self.address}: {reply!r}")


class Load:
    """with Load("restart") as load: …; load.check()"""

    def __init__(self, name, tcp=(("127.0.0.1", 9191),), udp=(("127.0.0.1", 9191),), streams=4, rate=100, pause=0.004):
        # The time makes the messages of a second load of one test different.
        self.name = f"{name}-{time.monotonic_ns() // 1000000 % 10**9}"
        self.account = Account()
        self.stopping = threading.Event()
        self.pause = pause
        self.clients = [StreamClient(self, n, tcp[n % len(tcp)]) for n in range(streams if tcp else 0)]
        self.clients += [DatagramClient(self, n, address, rate) for n, address in enumerate(udp)]

    def pace(self):
        """Between two rounds of one client: the load is meant to be constant, not heavy."""
        self.stopping.wait(self.pause)

    def start(self):
        for client in self.clients:
            client.start()
        return self

    def progress(self, n=1):
        """Waits until every client has had n more receipts than now."""
        goals = [(client, client.receipts + n) for client in self.clients if client.answered]
        end = time.monotonic() + DEADLINE
        with self.account.changed:
            while any(client.receipts < goal for client, goal in goals):
                if not self.account.changed.wait(max(0.0, end - time.monotonic())) and time.monotonic() > end:
                    raise AssertionError(f"no receipts any more; {self.summary()}; {self.account.errors[-3:]}")

    def stop(self):
        """Everything that was sent gets its receipt first."""
        self.stopping.set()
        for client in self.clients:
            client.join(2 * DEADLINE)
            assert not client.is_alive(), f"a client hangs; {self.summary()}"
        return self

    def summary(self):
        a = self.account
        return (f"{len(a.receipts)} receipts over {a.connections} connections, {len(a.datagrams)} datagrams, "
                f"{len(a.refused)} refused, {a.drained} drained, {a.reset} reset")

    def check(self, resets=False, drains=True, listeners=("tcp", "udp"), log=LOG, lost_max=0):
        """Compares with the log; with resets, a crash may have cut streams off. Without drains, no stream may have
        ended at all. At most lost_max datagrams may be missing."""
        a = self.account
        problems = list(a.errors) + a.refused
        if not resets and a.reset:
            problems.append(f"{a.reset} streams were reset")
        if not drains and a.drained:
            problems.append(f"{a.drained} streams were ended")
        problems += self.missing(log, listeners)
        lost = [p for p in problems if p.startswith("datagram ") and p.endswith(" 0 times in the log")]
        if len(lost) <= lost_max:
            problems = [p for p in problems if p not in lost]
        assert not problems, f"{self.summary()}; {len(problems)} problems, the first: {problems[:5]}"
        assert a.receipts or not [c for c in self.clients if isinstance(c, StreamClient)], "no load at all"
        return f"{self.summary()}, {len(lost)} missing in the log"

    def missing(self, log, listeners):
        """Datagrams without a receipt may still be on their way into the file: asks again until a deadline."""
        end = time.monotonic() + DEADLINE
        while True:
            problems = self.compare(log, listeners)
            if not problems or time.monotonic() > end:
                return problems
            select.select([], [], [], 0.05)

    def compare(self, log, listeners):
        by_id, by_message = {}, collections.defaultdict(set)
        for line in read_log(log):
            fields = line.split(b" ", 4)
            if len(fields) != 5:
                return [f"a line that is no record: {line!r}"]
            if fields[4].startswith(self.name.encode()):
                by_id[fields[3]] = (fields[4], fields[2].decode(), fields[1].decode())
                by_message[fields[4]].add(fields[3])  # a rotation may leave it in both files
        problems = []
        for number, message, peer in self.account.receipts:
            if by_id.get(number, ())[:2] != (message, peer):
                problems.append(f"receipt {number.decode()} for {message!r} of {peer}: the log has {by_id.get(number)}")
        for message in self.account.datagrams:
            if len(by_message[message]) != 1:
                problems.append(f"datagram {message!r} stands {len(by_message[message])} times in the log")
        wrong = {record[2] for record in by_id.values()} - set(listeners)
        if wrong:
            problems.append(f"records of listeners {wrong}")
        return problems

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, error, trace):
        if kind is None:
            self.stop()
        else:
            print(f"load: {self.summary()}; {self.account.errors[:3]}", flush=True)


def listeners_of(name):
    """The listeners that took the messages of a load, where a socket unit decides what they are called."""
    return {line.split(b" ")[1].decode() for line in read_log() if b" %s-" % name.encode() in line}


def read_log(log=LOG):
    """The lines of a log and of all that logrotate has made of it."""
    lines = []
    for path in sorted(glob.glob(log + "*")):
        with (gzip.open if path.endswith(".gz") else open)(path, "rb") as f:
            lines += f.read().split(b"\n")[:-1]
    return lines
