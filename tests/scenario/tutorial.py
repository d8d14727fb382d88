#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A student follows sockd-tutorial(7): every command prints what the page shows, but for numbers, and strace finds the
calls that it explains."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile

import blocks
import harness as h

h.in_namespace()  # the page has ports of its own

PAGE = "man/sockd-tutorial.7"
DIRECTORY = "/tmp/tutorial"
TRACE = re.compile(r"strace (?:-f )?-o \S+ -e \S+ ")
ELSEWHERE = re.compile(r"runs in a user namespace|: receive buffer is \d+ bytes|cannot acquire the bus name")
# A shell without CAP_NET_RAW, as that of a user who is not root.
USER = ["setpriv", "--inh-caps=-net_raw", "--bounding-set=-net_raw"]


def calls():
    """The calls that the page explains: (section, line)."""
    section, found = "", []
    with open(blocks.TOP / PAGE, encoding="utf-8") as f:
        for line in f:
            if line.startswith((".Sh ", ".Ss ")):
                section = line[4:].strip()
            elif line.startswith(".It Li "):
                found.append((section, blocks.plain(line[7:].strip().strip('"'))))
    return found


BLOCKS = [b for b in blocks.blocks(PAGE) if re.match("[$#] ", b.text)]
CALLS = calls()


def pattern(line):
    """Three dots stand for anything."""
    return ".*".join(map(blocks.pattern, line.split("...")))


def can_trace():
    return shutil.which("strace") and subprocess.run(["strace", "-o", "/dev/null", "true"], check=False,
                                                     stderr=subprocess.DEVNULL).returncode == 0


def joined(trace):
    """The lines of a trace, without process IDs; calls that another thread has interrupted are whole again."""
    lines, begun = [], {}
    for line in trace.splitlines():
        pid, text = re.fullmatch(r"(?:(\d+) +)?(.*)", line).groups()
        resumed = re.match(r"<\.\.\. \w+ resumed>", text)
        if text.endswith(" <unfinished ...>"):
            begun[pid] = text.removesuffix(" <unfinished ...>")
        else:
            lines.append(begun.pop(pid, "") + text[resumed.end():] if resumed else text)
    return lines


class Student:
    """Reads one section, in a directory of its own that stands for that of the page."""

    def __init__(self, section, directory):
        self.section, self.directory = section, directory
        self.traces = can_trace()
        self.servers = []
        os.mkdir(self.path("bin"))
        for name, program in [("sockd", h.SOCKD), ("sockctl", h.SOCKCTL)]:
            os.symlink(os.path.abspath(program), self.path(f"bin/{name}"))
        self.env = {**os.environ, **h.NO_BUS, "PATH": f"{self.path('bin')}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8",
                    "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}  # not beside strace

    def path(self, name):
        return os.path.join(self.directory, name)

    def here(self, text):
        return text.replace(DIRECTORY, self.directory)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as f:
            return f.read()

    def save(self, step):
        """A config file that the page shows."""
        with open(self.path(step.command.split(" ")[1]), "w", encoding="utf-8") as f:
            f.write(self.here("\n".join(step.output)) + "\n")

    def words(self, step):
        command = self.here(step.command)
        if not self.traces:
            command = TRACE.sub("", command)
        return [*([] if step.root else USER), "bash", "-c", command]

    def start(self, step):
        """In the first terminal. What it prints later is compared at the end."""
        name = self.path(f"terminal-{len(self.servers)}")
        with open(name, "wb") as out:
            process = subprocess.Popen(self.words(step), stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=self.env,
                                       cwd=self.directory, start_new_session=True)
        self.servers.append((process, step, name))
        h.wait_for(lambda: "listening on" in self.read(name) or process.poll() is not None, f"{step.command} to listen")

    def run(self, step):
        """In the second terminal."""
        done = subprocess.run(self.words(step), check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, cwd=self.directory, env=self.env, timeout=h.DEADLINE)
        self.compare(step, self.relevant(done.stdout.decode()))

    @staticmethod
    def relevant(printed):
        """Without what depends on the machine, and on who runs sockd there."""
        return [line for line in printed.splitlines() if not ELSEWHERE.search(line)]

    def compare(self, step, printed):
        wanted = "\n".join(pattern(self.here(line)) for line in step.output)
        assert re.fullmatch(wanted, "\n".join(printed)), (step, printed)
        print(step.command)

    def follow(self):
        for step in [step for block in BLOCKS if block.section == self.section for step in block.steps()]:
            if step.command.startswith("cat "):
                self.save(step)
            elif step.output and "listening on" in step.output[0]:
                self.start(step)
            else:
                self.run(step)

    def stop(self):
        """Control-C. Without receipts, the record may come a moment after the command."""
        while self.servers:
            process, step, name = self.servers.pop()
            n = len(step.output)
            with contextlib.suppress(AssertionError):  # compare() says what is missing
                h.wait_for(lambda f=name, c=n: len(self.relevant(self.read(f))) >= c, "the records", timeout=10)
            os.killpg(process.pid, signal.SIGINT)
            process.wait(h.DEADLINE)
            self.compare(step, self.relevant(self.read(name))[:n])

    def kill(self):
        for process, _, _ in self.servers:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def check_calls(self):
        """Each line of the page is one of a trace; threads may run in another order."""
        lines = joined(self.read("server.txt")) + joined(self.read("client.txt"))
        shown = [line for section, line in CALLS if section == self.section]
        assert shown, self.section
        for line in shown:
            wanted = re.compile(pattern(self.here(line)))
            found = next((one for one in lines if wanted.fullmatch(one)), None)
            assert found, (line, lines)
            lines.remove(found)


def study(section):
    h.tool("setpriv")
    with tempfile.TemporaryDirectory(prefix="sockd-test-") as d:
        student = Student(section, d)
        try:
            student.follow()
            student.stop()
        finally:
            student.kill()
        if not any(name == section for name, _ in CALLS):
            return
        if not student.traces:
            raise h.Skip("the commands do as they should, but strace is missing or may not trace")
        student.check_calls()


def test_tcp():
    study("TCP")


def test_unix_stream():
    study("A Unix stream")


def test_udp():
    study("UDP")


def test_unix_datagram():
    study("A Unix datagram")


def test_raw():
    study("A protocol of your own")


def test_icmp():
    study("ICMP")


def test_what_can_go_wrong():
    """The server of TCP is from its own section."""
    (config,) = [step for b in BLOCKS if b.section == "TCP" for step in b.steps() if step.command == "cat tcp.conf"]
    with tempfile.TemporaryDirectory(prefix="sockd-test-") as d:
        h.tool("setpriv")
        student = Student("WHAT CAN GO WRONG", d)
        student.save(config)
        try:
            student.follow()
            student.stop()
        finally:
            student.kill()


def test_every_command():
    """Each section with commands or calls is one of those above."""
    with open(__file__, encoding="utf-8") as f:
        tested = {*re.findall(r'study\("(.*?)"\)', f.read()), "WHAT CAN GO WRONG"}
    assert {b.section for b in BLOCKS} == {*tested, "How to follow this page"}
    assert {section for section, _ in CALLS} == tested - {"WHAT CAN GO WRONG"}


if __name__ == "__main__":
    h.main()
