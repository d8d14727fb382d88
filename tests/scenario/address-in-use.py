#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Another program listens on the port, or the address is not a local one: sockd names listener and
address, exits with 1, and has neither touched its outputs nor opened its other listeners."""

import os
import socket

import harness as h


def refused(listeners, name, address):
    with h.Sockd(listeners, wait=False) as s:
        assert s.wait_exit() == 1
        (line,) = [line for line in s.stderr.split("\n") if address in line]
        assert f"listener {name}" in line, line
        assert not os.path.exists(s.log)
        assert not s.ready


def test_tcp_port_in_use():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused([h.udp(), h.tcp(name="mine", port=port)], "mine", f"127.0.0.1:{port}")


def test_udp_port_in_use():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        refused([h.tcp(), h.udp(name="mine", port=port)], "mine", f"127.0.0.1:{port}")


def test_not_our_address():
    refused([h.tcp(address="192.0.2.1", port=9)], "tcp", "192.0.2.1:9")


def test_a_restart_is_not_held_up():
    """The port is in TIME_WAIT because sockd closed first."""
    with h.Sockd() as s:
        port = s.port()
        with s.connect() as c:
            c.send(b"x\n").receipts(1)
            s.stop()
    with h.Sockd([h.tcp(port=port)]) as s, s.connect() as c:
        c.send(b"x\n").receipts(1)
        s.stop()


if __name__ == "__main__":
    h.main()
