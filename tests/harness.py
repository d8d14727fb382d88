# SPDX-License-Identifier: MIT
"""What the scenarios share: starts the real sockd on a private directory and private ports, talks to
it as any client would, and reads what it recorded. Nothing here waits for a time to pass: every wait
is for an event or a condition and has a deadline."""

import contextlib
import fcntl
import itertools
import json
import os
import re
import resource
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import traceback
from typing import NamedTuple

SOCKD = os.environ.get("SOCKD", "./sockd")
# By its way from here: from a tree below /root, another user can run it by no other.
SOCKCTL = os.path.join(".", os.path.relpath(os.environ.get("SOCKCTL", "./sockctl")))
SRCDIR = os.environ.get("srcdir", ".")
SANITIZERS = os.environ.get("SOCKD_SANITIZERS", "no")
SANITIZED = SANITIZERS not in ("", "no")
# A deadline is only ever reached by a test that fails, not by a machine that is slow.
DEADLINE = 120.0

# As sockd does: some tests open many connections.
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)

RECEIPT = re.compile(rb"ok ([0-9a-z-]{1,26}) (received|written|durable)( truncated)?\n")
ERROR = re.compile(rb"error ([0-9a-z-]{1,26}) not stored: ([^\n]+)\n")
LISTENING = re.compile(r"listener (\S+): listening on (\S+):(\d+) \((tcp|udp)\)")
LISTENER_SUMMARY = re.compile(
    r"listener (\S+): (\d+) received, (\d+) recorded, (\d+) refused, (\d+) failed, (\d+) waiting, "
    r"(\d+) truncated, (\d+) bad frames, (\d+) lost in the kernel")
STATUS = re.compile(
    r"messages: (\d+) received, (\d+) recorded, (\d+) refused, (\d+) failed, (\d+) waiting")
OUTPUT_SUMMARY = re.compile(r"output (\S+): (\d+) recorded, (\d+) dropped, (\d+) failed")
SANITIZER_REPORT = re.compile(r"(Address|Leak|Thread|Memory|UndefinedBehavior)Sanitizer|runtime error:")


# Tests never use the bus and the control socket of this machine; bus.py starts its own bus.
NO_BUS = {"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent/bus", "SOCKD_CONTROL": "/nonexistent/control"}

NUMBERS = itertools.count()


class Skip(Exception):
    """This machine cannot run the test; the reason is printed."""


class Bound(NamedTuple):
    name: str
    host: str
    port: int
    protocol: str


class Counters(NamedTuple):
    received: int
    recorded: int
    refused: int
    failed: int
    waiting: int
    truncated: int
    bad_frames: int
    lost: int


class OutputCounters(NamedTuple):
    recorded: int
    dropped: int
    failed: int


class Record(NamedTuple):
    """One text line. The message is as written, escaped; bytes() gives back what was sent."""
    time: bytes
    listener: bytes
    peer: bytes
    id: bytes
    text: bytes

    def __bytes__(self):
        return unescape(self.text)


# --- config ------------------------------------------------------------------------------------------


def value(v):
    if isinstance(v, bool):
        return "true" if v else "false"
    if isinstance(v, str):
        table = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
        return '"' + "".join(table.get(c, c if c >= " " else f"\\x{ord(c):02x}") for c in v) + '"'
    if isinstance(v, list):
        return "[ " + ", ".join(value(x) for x in v) + " ]"
    if isinstance(v, tuple):
        return "( " + ", ".join(value(x) for x in v) + " )"
    if isinstance(v, dict):
        return settings(**v)
    if isinstance(v, int) and abs(v) >= 2**31:
        return f"{v}L"
    return str(v)


def settings(**keys):
    return "{ " + " ".join(f"{k} = {value(v)};" for k, v in keys.items() if v is not None) + " }"


def tcp(**keys):
    """A TCP listener on a port the kernel chooses."""
    return settings(**{"name": "tcp", "protocol": "tcp", "address": "127.0.0.1", "port": 0, **keys})


def udp(**keys):
    """A UDP listener on a port the kernel chooses, with receipts."""
    return settings(**{"name": "udp", "protocol": "udp", "address": "127.0.0.1", "port": 0,
                       "reply": "ok %i %l\n", **keys})


def unix(kind="stream", **keys):
    """A listener on a Unix socket of this kind: "stream", "datagram" or "seqpacket", with receipts. It is named after
    the kind, and its path is that name in the private directory."""
    return settings(**{"name": kind, "protocol": f"unix-{kind}", "path": f"@DIR@/{kind}", "reply": "ok %i %l\n",
                       **keys})


def raw(**keys):
    """A listener for packets of an IP protocol that is for experiments: RFC 3692."""
    return settings(**{"name": "raw", "protocol": "raw", "address": "127.0.0.1", "ip_protocol": 253, **keys})


def vsock(**keys):
    """A listener that this machine reaches, on a port that the kernel chooses."""
    return settings(**{"name": "vsock", "protocol": "vsock", "cid": 1, "port": 0, **keys})


def file(**keys):
    """A file output; @DIR@ is the private directory of this sockd."""
    return settings(**{"type": "file", "path": "@DIR@/messages.log", **keys})


def journal(**keys):
    return settings(**{"type": "journal", **keys})


def config_text(listeners=None, outputs=None, top=""):
    listeners = [tcp()] if listeners is None else listeners
    outputs = [file()] if outputs is None else outputs
    return (f"listeners = ( {', '.join(listeners)} );\n"
            f"outputs = ( {', '.join(outputs)} );\n{top}\n")


# --- waiting -----------------------------------------------------------------------------------------


def wait_for(condition, what, timeout=None):
    """Waits until condition() is true; returns its result. Checks again after a short poll()."""
    end = time.monotonic() + (timeout or DEADLINE)
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain for {what}")
        select.poll().poll(5)


def freeze(pid):
    """SIGSTOP; returns when no thread of the process is running, not even in the kernel."""
    tasks = f"/proc/{pid}/task"

    def states():
        for task in os.listdir(tasks):
            with open(f"{tasks}/{task}/stat", encoding="utf-8") as f:
                yield f.read().rpartition(")")[2].split()[0]

    os.kill(pid, signal.SIGSTOP)
    wait_for(lambda: set(states()) == {"T"}, "all threads to stop")


def readable(sock):
    """Whether something has arrived, or the other side has closed. Descriptors may be many."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


# --- the daemon --------------------------------------------------------------------------------------


class Sockd:
    """A running sockd. As a context manager it is killed at the end if the test did not stop it."""

    def __init__(self, listeners=None, outputs=None, top="", args=(), wait=True, text=None,
                 directory=None, env=None, prefix=(), pass_fds=(), stdout=subprocess.DEVNULL,
                 program=None):
        self.dir = directory or tempfile.mkdtemp(prefix="sockd-test-")
        self.own_dir = directory is None
        self.config = os.path.join(self.dir, "sockd.conf")
        self.log = os.path.join(self.dir, "messages.log")
        self.lines = []
        self.partial = b""
        self.ready = False
        self.stopped = False
        self.clients = []
        self.changed = threading.Condition()
        text = config_text(listeners, outputs, top) if text is None else text
        self.write_config(text)

        notify = os.path.join(self.dir, f"notify-{next(NUMBERS)}")
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self.notify.bind(notify)
        os.chmod(notify, 0o666)
        environment = {k: v for k, v in os.environ.items()
                       if not k.startswith(("LISTEN_", "NOTIFY_", "WATCHDOG_", "JOURNAL_", "RUNTIME_"))}
        environment["NOTIFY_SOCKET"] = notify
        environment.update(NO_BUS)
        environment.update(env or {})
        command = [*prefix, program or SOCKD, "--config", self.config, *args]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout,
                                        stderr=subprocess.PIPE, env=environment,
                                        pass_fds=pass_fds, start_new_session=True)
        self.pid = self.process.pid
        self.pidfd = os.pidfd_open(self.pid)
        os.set_blocking(self.process.stderr.fileno(), False)
        self.open = True
        self.reader = threading.Thread(target=self._read_stderr, daemon=True)
        self.reader.start()
        if wait:
            self.wait_ready()

    def write_config(self, text):
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(text.replace("@DIR@", self.dir))

    def _read_stderr(self):
        """In a thread of its own, so that sockd never waits for a full pipe."""
        poll = select.poll()
        poll.register(self.process.stderr, select.POLLIN)
        while self.open:
            poll.poll()
            with self.changed:
                self._drain()

    def _drain(self):
        """Takes what is in the pipe; the caller holds the lock."""
        while self.open:
            try:
                data = os.read(self.process.stderr.fileno(), 65536)
            except BlockingIOError:
                return
            if not data:
                self.open = False
                data = b"\n" if self.partial else b""  # a last line that has no end
            *lines, self.partial = (self.partial + data).split(b"\n")
            self.lines += [line.decode("utf-8", "backslashreplace") for line in lines]
            self.changed.notify_all()

    # What it says.

    @property
    def stderr(self):
        """All that it has said up to now: what sockd logs before something else that a test has seen of it
        (READY=1, a receipt, a record) is in the pipe by then."""
        with self.changed:
            self._drain()
            return "\n".join(self.lines)

    def wait_line(self, pattern, timeout=None):
        """Until standard error has a line that matches; returns the match."""
        end = time.monotonic() + (timeout or DEADLINE)
        seen = 0
        with self.changed:
            while True:
                for line in self.lines[seen:]:
                    match = re.search(pattern, line)
                    if match:
                        return match
                seen = len(self.lines)
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"no line {pattern!r} on standard error")
                self.changed.wait(left)

    def wait_ready(self):
        """Until it said READY=1; fails at once if it exits instead."""
        end = time.monotonic() + DEADLINE
        poll = select.poll()
        poll.register(self.notify, select.POLLIN)
        poll.register(self.pidfd, select.POLLIN)
        while not self.ready:
            left = end - time.monotonic()
            assert left > 0, "sockd did not say READY=1"
            events = dict(poll.poll(left * 1000))
            if self.notify.fileno() in events:
                self.ready = b"READY=1" in self.notify.recv(4096).split(b"\n")
            elif self.pidfd in events:
                raise AssertionError(f"sockd exited with {self.process.wait()} instead of starting")

    def told(self):
        """What it told the service manager since the last call; descriptors are not kept."""
        messages = []
        while readable(self.notify):
            data, fds, _, _ = socket.recv_fds(self.notify, 4096, 16)
            messages.append(data.decode())
            for fd in fds:
                os.close(fd)
        return messages

    def wait_told(self, pattern):
        """Waits until it tells the service manager something that matches; returns the match. Anything told before
        this call is discarded."""
        def find():
            return next(filter(None, (re.search(pattern, m) for m in self.told())), None)
        return wait_for(find, f"a notification {pattern!r}")

    # Where it listens.

    def bound(self):
        return [Bound(n, h, int(p), k) for n, h, p, k in LISTENING.findall(self.stderr)]

    def address(self, name="tcp", family=None):
        """(host, port) to reach a listener; loopback if it listens on all addresses."""
        def find():
            for b in self.bound():
                six = b.host.startswith("[")
                if b.name != name or (family and six != (family == socket.AF_INET6)):
                    continue
                host = b.host.strip("[]")
                return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), b.port
            return None
        return wait_for(find, f"the line that says where listener {name} listens")

    def port(self, name="tcp"):
        return self.address(name)[1]

    def connect(self, name="tcp", **keys):
        self.clients.append(Client(self.address(name), **keys))
        return self.clients[-1]

    def datagrams(self, name="udp", **keys):
        return Datagrams(self.address(name), **keys)

    def local(self, kind="stream", path=None, **keys):
        """A client of h.unix(kind); PATH: where that listens instead."""
        path = path or self.path(kind)
        if kind == "datagram":
            return LocalDatagrams(path, **keys)
        self.clients.append(LocalClient(path, kind, **keys))
        return self.clients[-1]

    def reload(self, listeners=None, outputs=None, top=""):
        """With these settings; it must succeed."""
        before = self.stderr.count("\nreloaded ")
        self.write_config(config_text(listeners, outputs, top))
        self.signal(signal.SIGHUP)
        wait_for(lambda: self.stderr.count("\nreloaded ") > before, "the reload")

    def refuse_reload(self, listeners=None, outputs=None, top=""):
        """With these settings; it must fail. Returns what it said."""
        before = self.stderr.count("\ncannot reload: ")
        self.write_config(config_text(listeners, outputs, top))
        self.signal(signal.SIGHUP)
        wait_for(lambda: self.stderr.count("\ncannot reload: ") > before, "the reload to fail")
        return self.stderr.rpartition("\ncannot reload: ")[2].partition("\n")[0]

    def descriptors(self):
        """What its descriptors are, as /proc shows them: one after another, see freeze()."""
        folder = f"/proc/{self.pid}/fd"
        found = []
        for number in os.listdir(folder):
            with contextlib.suppress(FileNotFoundError):
                found.append(os.readlink(f"{folder}/{number}"))
        return found

    # What the kernel keeps for it.

    def unread(self, client):
        """Bytes that it has not read of what this client has sent; 0 also when its end is closed."""
        return receive_queue(client.socket.getpeername()[1], client.socket.getsockname()[1])

    def has_read_all(self, client):
        """Nothing of what this client has sent is under way, or waits to be read."""
        unacknowledged = fcntl.ioctl(client.socket, termios.TIOCOUTQ, bytes(4))  # SIOCOUTQ of tcp(7)
        return unacknowledged == bytes(4) and self.unread(client) == 0

    def backlog(self, name="tcp"):
        """Connections that wait to be accepted."""
        return receive_queue(self.port(name), 0)

    # What it recorded.

    def path(self, name):
        return os.path.join(self.dir, name)

    def records(self, path=None):
        return records(path or self.log)

    def wait_records(self, n, path=None):
        """Waits for at least n whole lines."""
        wait_for(lambda: count_lines(path or self.log) >= n, f"{n} records in {path or self.log}")
        return self.records(path)

    # How it ends.

    def signal(self, number):
        signal.pidfd_send_signal(self.pidfd, number)

    def wait_exit(self, timeout=None):
        """Its exit code; every descendant must be gone, every sanitizer silent."""
        code = self.process.wait(timeout or DEADLINE)
        self.reader.join(DEADLINE)
        self.stopped = True
        left = in_session(self.pid)
        assert not left, f"left behind: {left}"
        report = SANITIZER_REPORT.search(self.stderr)
        assert not report, f"sanitizer report: {report.group(0)}"
        return code

    def stop(self, code=0):
        """SIGTERM; checks the exit code and that every listener's account adds up. Its clients send nothing
        more: who keeps a stream open is waited for."""
        self.signal(signal.SIGTERM)
        for c in self.clients:
            with contextlib.suppress(OSError):
                c.finish()
        got = self.wait_exit()
        assert got == code, f"exit code {got}, expected {code}"
        for name, c in self.counters().items():
            assert c.received == c.recorded + c.refused + c.failed, f"listener {name}: {c}"
            assert c.waiting == 0, f"listener {name}: {c}"
        return got

    def kill(self):
        with contextlib.suppress(ProcessLookupError, FileNotFoundError):
            self.signal(signal.SIGKILL)
            self.release()
        self.process.wait(DEADLINE)
        self.reader.join(DEADLINE)
        self.stopped = True

    def release(self):
        """Ends the delay of a sockd that was started with delayed(), with its tracer."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as f:
            tracer = int(re.search(r"TracerPid:\s+(\d+)", f.read()).group(1))
        if tracer:
            os.kill(tracer, signal.SIGKILL)

    def counters(self):
        return {m[0]: Counters(*map(int, m[1:])) for m in LISTENER_SUMMARY.findall(self.stderr)}

    def outputs(self):
        return {m[0]: OutputCounters(*map(int, m[1:])) for m in OUTPUT_SUMMARY.findall(self.stderr)}

    def memory_peak(self):
        """VmHWM in bytes."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as f:
            return int(re.search(r"VmHWM:\s+(\d+) kB", f.read()).group(1)) * 1024

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        try:
            if not self.stopped:
                with contextlib.suppress(ProcessLookupError):
                    self.kill()
                if kind is None:
                    raise AssertionError("the test left sockd running")
        finally:
            if kind is not None and not issubclass(kind, Skip):
                print(f"--- standard error of sockd ---\n{self.stderr}\n---", file=sys.stderr)
            os.close(self.pidfd)
            self.notify.close()
            self.process.stderr.close()
            if self.own_dir:
                shutil.rmtree(self.dir, ignore_errors=True)


def delayed(call, path=None, env=()):
    """For Sockd(): a system call, "NAME" or "NAME:when=N" for the Nth of each thread, is held up until
    release(). The tracer is nobody's child, so signals reach sockd itself; the leak check cannot work beside it."""
    prefix = [tool("strace"), "-DDD", "-f", "-qq", "-o", "/dev/null", *(["-P", path] if path else []),
              f"--inject={call}:delay_enter=1000s"]
    return {"prefix": prefix,
            "env": {**dict(env), "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}}


@contextlib.contextmanager
def traced(tids, *inject):
    """A strace that has attached to these threads and spoils their calls."""
    p = subprocess.Popen([tool("strace"), "-o", "/dev/null", "-p", ",".join(tids), *inject], stderr=subprocess.PIPE)
    line = p.stderr.readline()
    if b"ttached" not in line:
        p.communicate()
        raise Skip(f"sockd may not be traced: {line}")
    try:
        yield
    finally:
        p.terminate()
        p.communicate()


def queues(local, remote):
    """Bytes in the send and in the receive queue of the IPv4 socket with these ports; 0 for no such socket."""
    with open("/proc/net/tcp", encoding="ascii") as f:
        for line in list(f)[1:]:
            field = line.split()
            if field[1].endswith(f":{local:04X}") and field[2].endswith(f":{remote:04X}"):
                return tuple(int(size, 16) for size in field[4].split(":"))
    return 0, 0


def receive_queue(local, remote):
    return queues(local, remote)[1]


def in_session(session):
    """Processes of this session that still exist (a zombie does not count)."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as f:
                fields = f.read().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(name))
    return found


def run_sockd(*args, text=None, **keys):
    """Runs sockd to its end, for what needs no listener: (exit code, stdout, stderr)."""
    with tempfile.TemporaryDirectory(prefix="sockd-test-") as d:
        if text is not None:
            path = os.path.join(d, "sockd.conf")
            with open(path, "w", encoding="utf-8") as f:
                f.write(text.replace("@DIR@", d))
            args = ("--config", path, *args)
        done = subprocess.run([SOCKD, *args], stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=DEADLINE, check=False, **keys)
        assert not SANITIZER_REPORT.search(done.stderr.decode("utf-8", "replace")), done.stderr
        return done.returncode, done.stdout.decode(), done.stderr.decode()


# --- clients -----------------------------------------------------------------------------------------


class Client:
    """A TCP client that can be as rude as needed."""

    def __init__(self, address, source=None, receive_buffer=None):
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(DEADLINE)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if source:
            self.socket.bind(source)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.connect(address)
        self.pending = b""

    @property
    def name(self):
        """The peer column of its records."""
        host, port = self.socket.getsockname()[:2]
        return (f"[{host}]:{port}" if ":" in host else f"{host}:{port}").encode()

    def send(self, data):
        self.socket.sendall(data)
        return self

    def receive(self):
        """What has arrived; nothing at EOF."""
        return self.socket.recv(65536)

    def line(self):
        """The next line, with its LF; at EOF, what arrived before it."""
        while b"\n" not in self.pending:
            data = self.receive()
            if not data:
                rest, self.pending = self.pending, b""
                return rest
            self.pending += data
        line, _, self.pending = self.pending.partition(b"\n")
        return line + b"\n"

    def receipts(self, n):
        """n receipts, all "ok"; returns their ids."""
        return [receipt_id(self.line()) for _ in range(n)]

    def rest(self):
        """Everything until EOF."""
        while True:
            data = self.receive()
            if not data:
                rest, self.pending = self.pending, b""
                return rest
            self.pending += data

    def silent(self):
        """True if nothing has arrived and the stream is open."""
        return not self.pending and not readable(self.socket)

    def finish(self):
        """Sends FIN; can still read."""
        self.socket.shutdown(socket.SHUT_WR)
        return self

    def reset(self):
        """Sends RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Datagrams:
    """A UDP client on one socket."""

    def __init__(self, address, source=None):
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.settimeout(DEADLINE)
        if source:
            self.socket.bind(source)
        self.socket.connect(address)

    @property
    def name(self):
        host, port = self.socket.getsockname()[:2]
        return (f"[{host}]:{port}" if ":" in host else f"{host}:{port}").encode()

    def send(self, data):
        self.socket.send(data)
        return self

    def receive(self):
        return self.socket.recv(65536)

    def ask(self, data):
        return self.send(data).receive()

    def silent(self):
        return not readable(self.socket)

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def unix_name(path):
    """As bind(2) and connect(2) take what a config file calls PATH."""
    return "\0" + path[1:] if path.startswith("@") else path


UNIX_TYPES = {"stream": socket.SOCK_STREAM, "datagram": socket.SOCK_DGRAM, "seqpacket": socket.SOCK_SEQPACKET}


class LocalClient(Client):
    """A client of a Unix socket with connections."""

    def __init__(self, path, kind="stream"):  # pylint: disable=super-init-not-called
        self.socket = socket.socket(socket.AF_UNIX, UNIX_TYPES[kind])
        self.socket.settimeout(DEADLINE)
        self.socket.connect(unix_name(path))
        self.pending = b""

    @property
    def name(self):
        return b"uid:%d/pid:%d" % (os.geteuid(), os.getpid())

    def pass_descriptors(self, data, fds):
        socket.send_fds(self.socket, [data], fds)
        return self


class LocalDatagrams(Datagrams):
    """Of a Unix socket. NAME: its own; "": the kernel chooses one; None: it has none, and gets no answer."""

    def __init__(self, path, name=""):  # pylint: disable=super-init-not-called
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.settimeout(DEADLINE)
        if name is not None:
            self.socket.bind(unix_name(name))
        self.socket.connect(unix_name(path))

    @property
    def name(self):
        return b"uid:%d/pid:%d" % (os.geteuid(), os.getpid())

    def pass_descriptors(self, data, fds):
        socket.send_fds(self.socket, [data], fds)
        return self


BECOME = """import os, signal, socket, struct, sys
os.setgroups([])
os.setresgid(*[int(sys.argv[2])] * 3)
os.setresuid(*[int(sys.argv.pop(1))] * 3)
sys.argv.pop(1)
"""


def as_user(uid, gid, script, *args):
    """Runs a Python script as somebody else, with the usual modules; returns its process ID and what it printed. Only
    root can find the interpreter everywhere, so it becomes that user afterwards."""
    if os.geteuid() != 0:
        raise Skip("only root can become somebody else")
    with subprocess.Popen([sys.executable, "-c", BECOME + script, str(uid), str(gid), *map(str, args)],
                          stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as p:
        printed, _ = p.communicate(timeout=DEADLINE)
    return p.pid, printed


def receipt_id(line):
    match = RECEIPT.fullmatch(line)
    assert match, f"not a receipt: {line!r}"
    return match.group(1)


def ids_of(data):
    """The IDs of all receipts in these bytes; there must be nothing else."""
    found = [m.group(1) for m in RECEIPT.finditer(data)]
    assert RECEIPT.sub(b"", data) == b"", f"not only receipts: {data[-200:]!r}"
    return found


# --- records -----------------------------------------------------------------------------------------

TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def put_in_the_way(path):
    """In place of the file, in one step, as sockd replaces at once what is gone: a link, which it does not follow."""
    os.symlink("/nonexistent", path + ".link")
    os.rename(path + ".link", path)


def lines_of(path):
    try:
        with open(path, "rb") as f:
            data = f.read()
    except FileNotFoundError:
        return []
    return data.split(b"\n")[:-1]


def count_lines(path):
    return len(lines_of(path))


def record(line):
    parts = line.split(b" ", 4)
    assert len(parts) == 5 and TIME.fullmatch(parts[0]), f"not a record: {line!r}"
    for b in line:
        assert b >= 0x20 and b != 0x7f, f"raw control byte: {line!r}"
    return Record(*parts)


def records(path):
    """Every line of a text output."""
    return [record(line) for line in lines_of(path)]


# From the left, so that a doubled backslash in front of a bracket is no mark.
ESCAPE = re.compile(rb"\\(?:n|r|t|\\|x[0-9a-fA-F]{2}|\[truncated (\d+) bytes\](?=\Z|\\\[cut off\]\Z)|(\[cut off\])\Z)")


def unescape(text):
    """What was sent, derived from what was recorded. Marks at its end are not part of it."""
    table = {b"\\n": b"\n", b"\\r": b"\r", b"\\t": b"\t", b"\\\\": b"\\"}

    def one(match):
        found = match.group(0)
        if match.group(1) or match.group(2):
            return b""
        return table[found] if found in table else bytes([int(found[2:], 16)])
    return ESCAPE.sub(one, text)


def true_size(text):
    """The original size that a truncated message states, else None."""
    marks = [m.group(1) for m in ESCAPE.finditer(text) if m.group(1)]
    return int(marks[0]) if marks else None


def json_records(path):
    return [json.loads(line) for line in lines_of(path)]


# --- namespaces --------------------------------------------------------------------------------------


# In a plain chroot, "/" is no mount point and cannot be made private, so that mounts might reach the
# host: there a private copy of the tree is mounted where /proc is, and becomes the root.
CHROOT = """mount --make-rprivate /proc && mount --rbind / /proc && mount --make-rprivate /proc &&
exec chroot /proc sh -c 'cd "$0" && mount -t tmpfs tmpfs /run && exec "$@"' "$PWD" "$@" """


def may_configure_networks():
    """Root in a container often may not, not even in a namespace of its own."""
    with open("/proc/self/status", encoding="ascii") as f:
        capabilities = int(re.search(r"^CapEff:\s*(\w+)", f.read(), re.M).group(1), 16)
    return capabilities >> 12 & 1 == 1  # CAP_NET_ADMIN


def needs_all_users():
    """Skips the test unless it can become any of them: root does, but not that of a user namespace of its own."""
    with open("/proc/self/uid_map", encoding="ascii") as f:
        if os.geteuid() != 0 or f.read().split() != ["0", "0", "4294967295"]:
            raise Skip("needs root")


def in_namespace():
    """Runs the script again in private mount and network namespaces, as root there: an empty /run, only a loopback
    interface. Returns inside. Skips the test where namespaces are not available."""
    if os.environ.get("SOCKD_TEST_NAMESPACE") == "1":
        return
    os.environ["SOCKD_TEST_NAMESPACE"] = "1"
    new = ["unshare", "--mount", "--net"]
    ways = [[*new, "sh", "-c", 'mount -t tmpfs tmpfs /run && exec "$@"', "sh"],
            [*new, "--propagation", "unchanged", "sh", "-c", CHROOT, "sh"]]
    if not may_configure_networks():
        # Root of a user namespace may.
        ways = [[*new, "--map-root-user", *ways[0][len(new):]]]
    for way in ways:
        if subprocess.run([*way, "true"], check=False, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0:
            sys.stdout.flush()
            os.execvp(way[0], [*way, sys.executable, *sys.argv])
    print("SKIP: no mount and network namespaces here")
    sys.exit(77)


def loopback_up():
    """In a new network namespace even lo is down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        request = struct.pack("16sh14x", b"lo", 0x1 | 0x40)  # IFF_UP | IFF_RUNNING
        fcntl.ioctl(s, 0x8914, request)  # SIOCSIFFLAGS


def mount_tmpfs(path, size):
    os.makedirs(path, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", path], check=True)


class Journald:
    """Takes entries in place of journald. Only inside in_namespace()."""

    PATH = "/run/systemd/journal/socket"

    def __init__(self, receive_buffer=None):
        os.makedirs(os.path.dirname(self.PATH), exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.PATH)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.settimeout(DEADLINE)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.bind(self.PATH)
        os.chmod(self.PATH, 0o666)

    def entry(self):
        """The next entry that is a message of a client: field name to bytes."""
        while True:
            data, fds, _, _ = socket.recv_fds(self.socket, 1 << 20, 4)
            for fd in fds:
                with os.fdopen(fd, "rb") as f:
                    data = os.pread(f.fileno(), os.fstat(f.fileno()).st_size, 0)
            fields = self.parse(data)
            if b"SOCKD_ID" in fields:
                return fields

    @staticmethod
    def parse(data):
        fields = {}
        while data:
            head, _, data = data.partition(b"\n")
            key, equals, text = head.partition(b"=")
            if not equals:
                (size,) = struct.unpack_from("<Q", data)
                text, data = data[8:8 + size], data[8 + size:]
                assert data[:1] == b"\n", "a binary field must end in LF"
                data = data[1:]
            assert key not in fields, f"field {key!r} twice"
            fields[key] = text
        return fields

    def close(self):
        self.socket.close()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.PATH)


# --- running -----------------------------------------------------------------------------------------


def tool(name):
    """Path of a program, or Skip."""
    path = shutil.which(name)
    if not path:
        raise Skip(f"{name} is not installed")
    return path


def has_tls():
    """Whether sockd was built with it: configure --without-tls leaves it out."""
    return os.path.exists(os.path.join(os.path.dirname(SOCKD), "tls.so"))


def main():
    """Runs every test_ function of the script. Exit status 1: one failed; 77: none could run."""
    script = sys.modules["__main__"]
    tests = [f for name, f in vars(script).items() if name.startswith("test_")]
    # A last resort: every wait in a test has its own, shorter deadline.
    signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(AssertionError("took too long")))
    # A shell that starts the tests in the background has it ignored, and whoever inherits that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    failed = skipped = 0
    if os.environ.get("SOCKD_TEST_NAMESPACE") == "1":
        loopback_up()
    for test in tests:
        signal.alarm(int(DEADLINE * 8))
        try:
            test()
            print(f"PASS: {test.__name__}", flush=True)
        except Skip as reason:
            skipped += 1
            print(f"SKIP: {test.__name__}: {reason}", flush=True)
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print(f"FAIL: {test.__name__}", flush=True)
            traceback.print_exc()
            sys.stderr.flush()
    signal.alarm(0)
    assert tests, "no test_ function"
    sys.exit(1 if failed else 77 if skipped == len(tests) else 0)
