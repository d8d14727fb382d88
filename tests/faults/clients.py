# SPDX-License-Identifier: MIT
"""Clients that number every message and remember what they were told about it.

All of them live in one loop, without threads: what they send depends on nothing but the dice. A client sends up to
WINDOW messages ahead of its receipts. Every message is different from every other of the round."""

import collections
import select
import socket
import time

# Printable, escaped, UTF-8, and long: the text of messages after their number.
SAMPLE = (b"The quick brown fox jumps over the lazy dog 0123456789 " * 8,
          "gr\u00fc\u00dfe \u20ac \u65e5\u672c\u8a9e ".encode() * 40,
          b"\\ \x01\x7f\x1b[31m \t \xff\xfe \xc3 \r\\x41 \\[truncated 9 bytes]" * 20,
          b"x" * 9000)


class Message:
    """One message as it is to be recorded, and its fate: None, b"ok" or b"error"."""
    __slots__ = ("text", "sent", "fate", "id", "level", "told")

    def __init__(self, text, sent):
        self.text, self.sent = text, sent
        self.fate = self.id = self.level = None
        self.told = 0.0


class Plain:
    """The native protocol of sockd: framed messages, each answered by one line, in order."""

    def __init__(self, framing="line"):
        self.framing = framing

    def greet(self, _sock):
        pass

    def encode(self, text):
        if self.framing == "octet-counted":
            return b"%d %s" % (len(text), text)
        return text + (b"\0" if self.framing == "nul" else b"\n")

    def answers(self, buffer):
        """The complete answers in the data, as (fate, id, level or reason), and the remaining bytes."""
        *lines, rest = buffer.split(b"\n")
        answers = []
        for line in lines:
            fate, name, level = line.split(b" ", 2)
            assert fate in (b"ok", b"error"), f"not an answer: {line!r}"
            answers.append((fate, name, level))
        return answers, rest


def connect_to(address, source):
    """(host, port), from SOURCE, or the path of a Unix socket."""
    if isinstance(address, str):
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(20)
        sock.connect(address)
        return sock
    sock = socket.create_connection(address, timeout=20, source_address=source)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


class Tcp:
    """One client and its connections, one after the other."""

    def __init__(self, clients, name, window, batch):
        self.clients, self.name, self.window, self.batch = clients, name, window, batch
        self.source = f"127.0.2.{int(name[1:] or 0) + 1}", 0  # of c0, c1 …: each is another peer
        self.messages = []
        self.unanswered = collections.deque()
        self.socket = None
        self.output = self.input = b""
        self.protocol = clients.protocol()

    def connect(self):
        self.socket = connect_to(self.clients.address(), self.source)
        self.protocol = self.clients.protocol()
        self.protocol.greet(self.socket)
        self.socket.setblocking(False)
        self.output = self.input = b""

    def disconnect(self):
        """Gives up all unanswered messages."""
        if self.socket:
            self.socket.close()
        self.socket = None
        self.output = b""
        self.unanswered.clear()

    def fileno(self):
        return self.socket.fileno()

    def room(self):
        """How many messages it may send now."""
        return min(self.window - len(self.unanswered), self.batch)

    def compose(self):
        now = time.monotonic()
        parts = []
        for _ in range(self.room()):
            text = self.clients.text(self.name, len(self.messages))
            message = Message(text[:self.clients.message_size], now)
            self.messages.append(message)
            self.unanswered.append(message)
            parts.append(self.protocol.encode(text))
        self.clients.n_sent += len(parts)
        return b"".join(parts)

    def send(self):
        if not self.output and self.clients.sending:
            self.output = self.compose()
        if self.output:
            n = self.socket.send(self.output[:262144])
            self.output = self.output[n:]

    def receive(self):
        data = self.socket.recv(262144)
        if not data:
            raise ConnectionResetError("closed")
        self.take(data)

    def take(self, data):
        answers, self.input = self.protocol.answers(self.input + data)
        now = time.monotonic()
        for fate, name, level in answers:
            message = self.unanswered.popleft()
            message.fate, message.id, message.level, message.told = fate, name, level, now
            self.clients.count(message)

    def wants(self):
        room = self.clients.sending and self.room() > 0
        return select.POLLIN | (select.POLLOUT if self.output or room else 0)

    def serve(self, events):
        if events & select.POLLOUT:
            self.send()
        if events & (select.POLLIN | select.POLLHUP | select.POLLERR):
            self.receive()

    def expire(self, now):
        pass


class Udp(Tcp):
    """Sends one datagram and waits for its receipt, or for a while."""
    PATIENCE = 0.5

    def connect(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(self.clients.datagram_address())
        self.socket.setblocking(False)

    def send(self):
        if self.clients.sending and not self.unanswered:
            self.compose()
            self.socket.send(self.unanswered[0].text)

    def receive(self):
        answers, _ = self.protocol.answers(self.socket.recv(65536))
        for fate, name, level in answers:
            message = Message(b"", 0.0)
            # A late receipt belongs to a message already given up; its ID still counts.
            if self.unanswered:
                message = self.unanswered.popleft()
                message.text = b""
            else:
                self.messages.append(message)
            message.fate, message.id, message.level, message.told = fate, name, level, time.monotonic()
            self.clients.count(message)

    def expire(self, now):
        if self.unanswered and now - self.unanswered[0].sent > self.PATIENCE:
            self.unanswered.clear()


class Clients:
    """All clients of a round."""

    def __init__(self, rng, address, datagram_address=None, protocol=Plain, windows=(1, 64, 1000), n=4,
                 message_size=65536, plain=False, kind=Tcp):
        self.rng, self.address, self.datagram_address, self.protocol = rng, address, datagram_address, protocol
        self.message_size, self.plain = message_size, plain
        self.sending = True
        self.n_sent = self.n_ok = self.n_error = self.n_reset = 0
        self.newest_ok = 0.0  # when the newest message that was receipted was sent
        self.reasons = collections.Counter()
        self.members = [kind(self, f"c{i}", rng.choice(windows), rng.choice((1, 7, 100, 1000))) for i in range(n)]
        if datagram_address:
            self.members.append(Udp(self, "u", 1, 1))

    def text(self, name, number):
        sample = SAMPLE[0] if self.plain else self.rng.choices(SAMPLE, (90, 5, 4, 1))[0]
        size = len(sample) if sample is SAMPLE[-1] else int(self.rng.expovariate(1 / 60))
        return b"%s.%d %s" % (name.encode(), number, sample[:size].rstrip(b"\r"))

    def count(self, message):
        if message.fate == b"ok":
            self.n_ok += 1
            self.newest_ok = max(self.newest_ok, message.sent)
        else:
            self.n_error += 1
            self.reasons[message.level] += 1

    @property
    def n_answered(self):
        return self.n_ok + self.n_error

    @property
    def n_unanswered(self):
        return sum(len(m.unanswered) for m in self.members)

    def connect(self):
        for member in self.members:
            if not member.socket:
                member.connect()

    def disconnect(self):
        for member in self.members:
            member.disconnect()

    def messages(self):
        for member in self.members:
            yield from member.messages

    def run(self, until, what, timeout=20.0):
        """Serves all clients until the condition holds or all are disconnected. Returns whether it holds. It fails
        when nothing was sent or answered for TIMEOUT seconds: a busy machine may take as long as it wants."""
        seen, end = None, 0
        while not until():
            poll = select.poll()
            open_ones = {m.fileno(): m for m in self.members if m.socket}
            if not open_ones:
                return False
            for fd, member in open_ones.items():
                poll.register(fd, member.wants())
            for fd, events in poll.poll(20):
                self.serve(open_ones[fd], events)
            now = time.monotonic()
            for member in open_ones.values():
                member.expire(now)
            progress = f"{self.n_sent} sent, {self.n_ok} ok, {self.n_error} errors, {self.n_reset} resets"
            if progress != seen:
                seen, end = progress, now + timeout
            assert now < end, f"waited in vain for {what}: {progress}"
        return True

    def serve(self, member, events):
        try:
            member.serve(events)
        except BlockingIOError:
            pass
        except (ConnectionError, TimeoutError):
            self.n_reset += 1
            if not isinstance(member, Udp):
                member.disconnect()

    def drain(self):
        """Reads what has already arrived."""
        while True:
            poll = select.poll()
            open_ones = {m.fileno(): m for m in self.members if m.socket}
            for fd in open_ones:
                poll.register(fd, select.POLLIN)
            ready = poll.poll(0)
            if not ready:
                return
            for fd, events in ready:
                self.serve(open_ones[fd], events)

    def settle(self, timeout=20.0):
        """Sends nothing more until everything sent has been answered."""
        self.sending = False
        try:
            return self.run(lambda: self.n_unanswered == 0 and not any(m.output for m in self.members), "all answers",
                            timeout)
        finally:
            self.sending = True
