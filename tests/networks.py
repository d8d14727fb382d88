# SPDX-License-Identifier: MIT
"""Two hosts, joined by a cable, for tests inside h.in_namespace(): this one, and a far one that sends."""

import json
import subprocess
import sys

import harness as h

HERE, THERE, BROADCAST = "10.9.0.1", "10.9.0.2", "10.9.0.255"
LOCAL = "fe80::1"

SENDER = """
import contextlib, socket, sys
for line in sys.stdin:
    address, port, text = line.split()
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as s, contextlib.suppress(OSError):
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        s.sendto(text.encode(), socket.getaddrinfo(address, int(port), family)[0][4])
    print(flush=True)
"""


def ip(*arguments):
    return subprocess.run(["ip", *arguments], check=True, stdout=subprocess.PIPE).stdout


def groups(device):
    """What has been joined on it by programs, as far as these tests choose such groups."""
    listed = json.loads(ip("-j", "maddr", "show", "dev", device))[0]["maddr"]
    return {m["address"] for m in listed if m.get("address", "").startswith(("239.", "ff02::114", "ff15:"))}


class FarHost:
    """A process in a network namespace of its own, which sends what it is told. Its end of the cable is "far"."""

    def __init__(self):
        self.process = subprocess.Popen(["unshare", "--net", sys.executable, "-c", SENDER], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, bufsize=1)
        self.enter = ["nsenter", f"--net=/proc/{self.process.pid}/ns/net"]
        self.send("127.0.0.1", 9, "nothing")  # answered once it is there

    def cable(self):
        """A new one, whose end here is "near"."""
        ip("link", "add", "near", "type", "veth", "peer", "name", "far", "netns", str(self.process.pid))
        ip("address", "add", f"{HERE}/24", "broadcast", "+", "dev", "near")
        ip("address", "add", f"{LOCAL}/64", "nodad", "dev", "near")
        ip("link", "set", "near", "up")
        for command in (["address", "add", f"{THERE}/24", "broadcast", "+", "dev", "far"],
                        ["address", "add", "fe80::2/64", "nodad", "dev", "far"], ["link", "set", "far", "up"],
                        ["route", "add", "239.0.0.0/8", "dev", "far"]):
            subprocess.run([*self.enter, "ip", *command], check=True)

    def send(self, address, port, text):
        self.process.stdin.write(f"{address} {port} {text}\n")
        assert self.process.stdout.readline() == "\n"

    def close(self):
        subprocess.run(["ip", "link", "delete", "near"], check=False, stderr=subprocess.DEVNULL)
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

