#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A listener has an address that no interface has yet: sockd warns and starts, or reloads, with it; the other
listeners serve meanwhile, and so does this one as soon as an interface has the address."""

import fcntl
import re
import signal
import socket
import struct

import harness as h

LATER = "192.0.2.1"
EARLY = re.compile(r"^listener (\S+): waits for (\S+), which no interface has$", re.M)


def set_address(address):
    """As ip(8) would; SIOCSIFADDR on an alias of the loopback interface."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, 0x8916, struct.pack("16sH2s4s8x", b"lo:1", socket.AF_INET, b"", socket.inet_aton(address)))


def test_start():
    listeners = [h.tcp(), h.tcp(name="later", address=LATER), h.udp(name="beacons", address=LATER, port=9191),
                 h.tcp(name="six", address="2001:db8::1", port=9191)]
    set_address("0.0.0.0")
    with h.Sockd(listeners) as s:
        assert EARLY.findall(s.stderr) == [
            ("later", LATER), ("beacons", LATER), ("six", "2001:db8::1")], s.stderr
        with s.connect() as c:
            c.send(b"meanwhile\n").receipts(1)
        set_address(LATER)
        with s.connect("later") as c, s.datagrams("beacons") as d:
            c.send(b"at last\n").receipts(1)
            h.receipt_id(d.ask(b"a datagram that is long enough"))
        s.wait_line(f"^listener later: no longer waits for {LATER}")
        lines = [line for line in s.stderr.splitlines() if line.startswith("listener later: ")]
        assert len(lines) == 3, lines  # however long it takes
        s.stop()


def test_reload():
    set_address("0.0.0.0")
    with h.Sockd() as s:
        s.told()
        s.write_config(h.config_text([h.tcp(name="later", address=LATER)]))
        s.signal(signal.SIGHUP)
        s.wait_line(EARLY.pattern)
        assert [name for name, _ in EARLY.findall(s.stderr)] == ["later"], s.stderr
        s.wait_told(f"listener later waits for {LATER}")
        set_address(LATER)
        with s.connect("later") as c:
            c.send(b"at last\n").receipts(1)
        s.stop()


def test_no_warning_otherwise():
    with h.Sockd([h.tcp(), h.udp(), h.tcp(name="any", address="*"), h.tcp(name="six", address="::1")]) as s:
        assert not EARLY.search(s.stderr), s.stderr
        s.stop()


if __name__ == "__main__":
    h.in_namespace()
    h.loopback_up()
    h.main()
