#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Programs that are not ours send packets, which are recorded byte by byte: ping, nping, hping3 and Python. Runs in a
network namespace, where packets go no further than this host."""

import socket
import struct
import subprocess

import harness as h

ECHO, ECHO6 = 8, 128  # requests: RFC 792, RFC 4443
PATTERN = "736f636b64"
HEADER_SIZE = 8  # of ICMP
JSON = h.file(path="@DIR@/log.json", format="json")


def icmp(**keys):
    return h.raw(name="icmp", ip_protocol=1, icmp_types=[ECHO], **keys)


def run(*command, answered=True):
    done = subprocess.run([h.tool(command[0]), *command[1:]], stdin=subprocess.DEVNULL, capture_output=True,
                          check=False, timeout=h.DEADLINE)
    assert (done.returncode == 0) == answered, done


def packets(s, n):
    return [bytes(r) for r in s.wait_records(n)]


def is_echo(packet, kind, number):
    """It is the request of that number: its type and code, an identifier of the program, the number."""
    return packet[:2] == bytes([kind, 0]) and packet[6:HEADER_SIZE] == struct.pack("!H", number)


def checksum(data):
    total = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff


def test_ping():
    """The kernel answers it as ever. The time that it begins with is not known here, what follows is."""
    with h.Sockd([icmp()], [h.file(), JSON]) as s:
        run("ping", "-c", "3", "-i", "0.01", "-s", "100", "-t", "7", "-Q", "0x20", "-p", PATTERN, "127.0.0.1")
        found = packets(s, 3)
        for number, packet in enumerate(found, 1):
            assert is_echo(packet, ECHO, number) and len(packet) == HEADER_SIZE + 100 and checksum(packet) == 0, packet
            assert bytes.fromhex(PATTERN) in packet
        for line in h.json_records(s.path("log.json")):
            expected = {"protocol": "raw", "peer_address": "127.0.0.1", "ip_protocol": 1, "ttl": 7, "tos": 0x20}
            assert {k: line.get(k) for k in expected} == expected, line
        s.stop()
        assert s.counters()["icmp"].recorded == 3


def test_ping_6():
    with h.Sockd([h.raw(name="icmp6", address="::1", ip_protocol=58, icmp_types=[ECHO6])]) as s:
        run("ping", "-6", "-c", "2", "-i", "0.01", "-p", PATTERN, "::1")
        for number, packet in enumerate(packets(s, 2), 1):
            assert is_echo(packet, ECHO6, number) and bytes.fromhex(PATTERN) in packet, packet
        s.stop()
        assert s.counters()["icmp6"].recorded == 2


def test_ping_in_fragments():
    """A packet larger than what the link takes is recorded in one."""
    with h.Sockd([icmp()], top="limits = { message_size = 1048576; };") as s:
        subprocess.run([h.tool("ip"), "link", "set", "lo", "mtu", "1500"], check=True, timeout=h.DEADLINE)
        run("ping", "-c", "1", "-s", "20000", "-p", PATTERN, "127.0.0.1")
        (packet,) = packets(s, 1)
        assert is_echo(packet, ECHO, 1) and len(packet) == HEADER_SIZE + 20000 and checksum(packet) == 0
        s.stop()


def test_nping():
    with h.Sockd([icmp()]) as s:
        run("nping", "--icmp", "--send-ip", "--count", "1", "--data-string", "hello", "127.0.0.1")
        (packet,) = packets(s, 1)
        assert is_echo(packet, ECHO, 1) and packet[HEADER_SIZE:] == b"hello" and checksum(packet) == 0, packet
        s.stop()


def test_hping3():
    """There is no answer, which it takes for a loss."""
    with h.Sockd([h.raw()]) as s:
        run("hping3", "-I", "lo", "--rawip", "--ipproto", "253", "--count", "2", "--fast", "--data", "20", "--sign",
            "hello", "127.0.0.1", answered=False)
        for packet in packets(s, 2):
            assert packet.startswith(b"hello") and len(packet) == 20, packet
        s.stop()


def test_python():
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with h.Sockd([h.raw(address=host)]) as s, socket.socket(family, socket.SOCK_RAW, 253) as c:
            sent = [b"hello\n", b"", bytes(range(256))]
            for data in sent:
                c.sendto(data, (host, 0))
            assert packets(s, 3) == sent
            s.stop()


if __name__ == "__main__":
    h.in_namespace()
    h.main()
