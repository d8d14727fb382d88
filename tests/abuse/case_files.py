# SPDX-License-Identifier: MIT
"""Peers with made-up addresses send to an output that has a file for each; another listener must be served, and the
disk must not fill with files."""

import os
import subprocess
import sys

import harness as h
from scene import Scene

FILES_MAX = 500
ADDRESSES = {False: 20_000, True: 1_000_000}

# A datagram from each address of 127.0.0.0/8, from 127.16.0.0 on.
FLOOD = """
import ipaddress, socket, sys
first = int(ipaddress.ip_address("127.16.0.1"))
for i in range(int(sys.argv[2])):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind((str(ipaddress.ip_address(first + i)), 0))
        s.sendto(b"made up", ("127.0.0.1", int(sys.argv[1])))
"""


def made_up(long):
    listeners = [h.tcp(outputs=["good"]), h.udp(outputs=["many"])]
    outputs = [h.file(name="good"), h.file(name="many", path="@DIR@/many/%{peer}", files_max=FILES_MAX, files_open=16)]
    with Scene(listeners, outputs=outputs, memory_max=64 << 20) as s:
        port = s.sockd.address("udp")[1]
        flood = subprocess.Popen([sys.executable, "-c", FLOOD, str(port), str(ADDRESSES[long])])
        s.watch(100)
        assert flood.wait(3600) == 0
        h.wait_for(lambda: s.sockd.stderr.count("which is files_max") > 0, "the line about files_max")
        n = len(os.listdir(s.sockd.path("many")))
    assert n == FILES_MAX, f"{n} files"
    account = s.sockd.counters()["udp"]
    assert account.received == account.recorded + account.failed, account
    assert account.received + account.lost == ADDRESSES[long] and account.recorded == n, account
    return s.figures | {"files": n, "failed": account.failed, "lost in the kernel": account.lost}
