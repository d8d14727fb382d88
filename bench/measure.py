# SPDX-License-Identifier: MIT
"""One measurement: a fresh receiver, one load, the count of what it recorded."""
import json
import os
import pathlib
import resource
import shutil
import socket
import subprocess
import time

from subjects import environment

PORT = 19191
IP_PROTOCOL = 253  # for experiments: RFC 3692
LISTENING = ("0A", "00010000")  # TCP_LISTEN; __SO_ACCEPTCON
START_TIMEOUT = 10
SETTLE_TIMEOUT = 60
POLL = 0.01
PING_PORT = 19192  # of a listener without TLS
IDLE_SECONDS = 3  # after which connections that sent a message are idle


class Refused(Exception):
    """What was recorded is not what was sent: there is no figure."""


def cpu_seconds(pid):
    """Of all threads that live; to the nanosecond."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def status_kib(pid, key):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1])
    return 0


def place(workload, directory):
    """Where the receiver listens: a port, an IP protocol, or the path of a Unix socket."""
    return {"path": directory / "socket", "ip_protocol": IP_PROTOCOL, "port": PORT}[workload.place]


def sockets(workload, where):
    """The lines of /proc/net for the sockets that serve this place, on IPv4 where it is no path."""
    table = "unix" if workload.place == "path" else workload.protocol
    lines = pathlib.Path(f"/proc/net/{table}").read_text().splitlines()[1:]
    fields = [line.split() for line in lines]
    if workload.kind != "datagrams":
        fields = [f for f in fields if f[3] in LISTENING]
    if workload.place == "path":
        return [f for f in fields if f[-1] == str(where)]
    return [f for f in fields if f[1].endswith(f":{where:04X}")]


class Receiver:
    """A running subject."""

    def __init__(self, subject, workload, directory, programs):
        self.subject, self.workload = subject, workload
        self.file = subject.file(directory)
        self.place = place(workload, directory)
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        self.log = directory / "log"
        command = [str(part) for part in subject.command(workload, directory, self.place)]
        if workload.one_cpu:
            command = ["taskset", "-c", "0"] + command
        with open(self.log, "wb") as log:
            self.started = time.monotonic()
            self.process = subprocess.Popen(command, stdout=log, stderr=log,
                                            env=environment(workload, programs))
        self.pid = self.process.pid

    def wait_until_ready(self):
        end = time.monotonic() + START_TIMEOUT
        while not sockets(self.workload, self.place):
            if time.monotonic() > end or self.process.poll() is not None:
                raise Refused(f"did not start: {self.log.read_text(errors='replace')[-300:]}")
            time.sleep(POLL)
        self.cpu_before = cpu_seconds(self.pid)

    def wait_until_written(self):
        """Its file has not grown for a while."""
        end = time.monotonic() + SETTLE_TIMEOUT
        size, since = -1, time.monotonic()
        while time.monotonic() < end:
            now = self.file.stat().st_size if self.file.exists() else 0
            if now != size:
                size, since = now, time.monotonic()
            elif time.monotonic() - since > self.subject.settle:
                return
            time.sleep(POLL)

    def kernel_drops(self):
        """Of datagrams. Those of Unix sockets hold their senders back instead."""
        if self.workload.kind != "datagrams" or self.workload.place == "path":
            return 0
        return sum(int(f[12]) for f in sockets(self.workload, self.place))

    def stop(self):
        """Returns the CPU seconds that it and its children took since it was ready."""
        if self.process.returncode is None:
            self.process.terminate()
        _, _, usage = os.wait4(self.pid, 0)
        self.process.returncode = 0
        return usage.ru_utime + usage.ru_stime - self.cpu_before

    def kill(self):
        if self.process.returncode is None:
            self.process.kill()
            self.process.wait()


def load_command(workload, where, programs):
    option = {"path": "-a", "ip_protocol": "-i", "port": "-p"}[workload.place]
    command = [programs / "bench/load", workload.kind, option, where, "-c", workload.lanes,
               "-n", workload.messages, "-s", workload.size, "-R", workload.rate]
    if workload.level:
        command.append("-r")
    if workload.tls:
        command += ["-T", workload.tls]
    if workload.one_cpu:
        command = ["taskset", "-c", "0"] + command
    return [str(part) for part in command]


def run_load(workload, where, programs):
    done = subprocess.run(load_command(workload, where, programs), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True)
    if not done.stdout:
        raise Refused(done.stderr.strip())
    return json.loads(done.stdout)


def tally(receiver, workload, programs):
    size = workload.size - (workload.kind != "datagrams")
    done = subprocess.run([programs / "bench/tally", receiver.file, str(size), str(workload.lanes),
                           str(workload.messages)], capture_output=True, text=True)
    if done.returncode != 0:
        raise Refused(done.stderr.strip())
    return json.loads(done.stdout)


def check(workload, load, count, drops):
    """Every message of a stream must be there, every loss of datagrams must be accounted for by the kernel."""
    if count["bad"] or count["duplicate"]:
        raise Refused(f"{count['bad']} merged or cut lines, {count['duplicate']} duplicates, "
                      f"{count['lost']} lost")
    if load["timed_out"] or load["errors"]:
        raise Refused(f"{load['errors']} errors, timed out: {load['timed_out']}")
    if workload.level and load["receipts"] != workload.messages:
        raise Refused(f"{workload.messages - load['receipts']} receipts missing")
    if count["lost"] != drops:
        raise Refused(f"{count['lost']} lost, the kernel dropped {drops}")


def measure_load(subject, workload, directory, programs):
    receiver = Receiver(subject, workload, directory, programs)
    try:
        receiver.wait_until_ready()
        load = run_load(workload, receiver.place, programs)
        receiver.wait_until_written()
        drops = receiver.kernel_drops()
        peak = status_kib(receiver.pid, "VmHWM")
        cpu = receiver.stop()
        count = tally(receiver, workload, programs)
        check(workload, load, count, drops)
        seconds = load["seconds"]
        if not workload.level:
            seconds = receiver.file.stat().st_mtime_ns / 1e9 - load["start_usec"] / 1e6
        figures = {"rate": count["unique"] / seconds, "cpu": cpu * 1e6 / count["unique"],
                   "lost": count["lost"], "rss_mib": peak / 1024}
        for name in ("p50", "p99", "p999"):
            if name + "_usec" in load:
                figures[name] = load[name + "_usec"]
        return figures
    finally:
        receiver.kill()


def measure_idle(subject, workload, directory, programs):
    """Memory alone, and for each connection that has sent one message and stays."""
    receiver = Receiver(subject, workload, directory, programs)
    try:
        receiver.wait_until_ready()
        alone = status_kib(receiver.pid, "VmRSS")
        with subprocess.Popen(load_command(workload, receiver.place, programs), stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True) as load:
            load.stdout.readline()
            receiver.wait_until_written()
            time.sleep(IDLE_SECONDS)
            held = status_kib(receiver.pid, "VmRSS")
            load.stdin.close()
        receiver.stop()
        count = tally(receiver, workload, programs)
        if count["lost"] or count["bad"]:
            raise Refused(f"{count['lost']} lost, {count['bad']} merged or cut lines")
        name = "tls_kib" if workload.tls else "idle_kib"
        return {"alone_mib": alone / 1024, name: (held - alone) / workload.lanes, "lost": 0}
    finally:
        receiver.kill()


def measure_storm(subject, workload, directory, programs):
    """Handshakes a second, up to the server's answer; and what they do to a stream that is open, where the receiver has
    a listener for that."""
    receiver = Receiver(subject, workload, directory, programs)
    try:
        receiver.wait_until_ready()
        ping = [programs / "bench/load", "ping", "-p", str(PING_PORT)] if subject.has_ping else ["cat"]
        with subprocess.Popen(ping, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as pinging:
            # What must answer at once is not to wait for the generator.
            done = subprocess.run(["nice", *load_command(workload, receiver.place, programs)], stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True)
            said = pinging.communicate("")[0]
        if not done.stdout:
            raise Refused(done.stderr.strip())
        load = json.loads(done.stdout)
        if load["timed_out"] or load["errors"]:
            raise Refused(f"{load['errors']} connections closed, timed out: {load['timed_out']}")
        cpu = receiver.stop()
        figures = {"rate": load["receipts"] / load["seconds"], "cpu": cpu * 1e6 / load["receipts"], "lost": 0}
        if said:
            figures["ping_ms"] = json.loads(said)["p99_usec"] / 1000
        return figures
    finally:
        receiver.kill()


def measure_start(subject, workload, directory, programs):
    """From the start of the process until its file holds the first message."""
    message = b"#0000.000000000".ljust(workload.size - 1, b"x") + b"\n"
    receiver = Receiver(subject, workload, directory, programs)
    try:
        end = receiver.started + START_TIMEOUT
        while time.monotonic() < end:
            try:
                with socket.create_connection(("127.0.0.1", PORT)) as connection:
                    connection.sendall(message)
                    while not receiver.file.exists() or receiver.file.stat().st_size == 0:
                        if time.monotonic() > end:
                            raise Refused("the first message was not recorded")
                return {"start_ms": (time.monotonic() - receiver.started) * 1000, "lost": 0}
            except ConnectionRefusedError:
                time.sleep(0.0002)
        raise Refused("did not start")
    finally:
        receiver.kill()


def measure(subject, workload, directory, programs):
    how = {"idle": measure_idle, "start": measure_start, "storm": measure_storm}.get(workload.kind, measure_load)
    return how(subject, workload, directory, programs)


def raise_limits():
    """So that 10,000 connections have descriptors on both sides."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
