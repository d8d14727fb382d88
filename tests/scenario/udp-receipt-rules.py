#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A UDP listener with receipts; datagrams that are short, that look like receipts themselves, or
that come from privileged or our own ports, or from the broadcast address of a network. No receipt is
longer than its datagram, none has part of an ID, and none can start a loop between two servers."""

import os
import socket
import struct

import harness as h

ETHERNET_PAYLOAD_MAX = 1472


def answered(c, probe):
    """What came back for PROBE: sends it, then something that is answered for sure."""
    c.send(probe)
    c.send(b"a probe that is long enough for its receipt")
    first = c.receive()
    if h.RECEIPT.fullmatch(first):
        return None
    assert h.RECEIPT.fullmatch(c.receive())
    return first


def test_short_datagrams():
    with h.Sockd([h.udp()]) as s, s.datagrams() as c:
        for n in range(0, 12):
            got = answered(c, b"x" * n)
            if n < 3:
                assert got is None, (n, got)
            else:
                assert got == b"ok", (n, got)
        s.stop()
        assert s.counters()["udp"].recorded == 24


def test_whole_or_one_word():
    """Also where the template is the user's."""
    for reply in ("ok %i %l\\n", "ok got %i, which is all there is to say"):
        with h.Sockd([h.udp(reply=reply)]) as s, s.datagrams() as c:
            whole = c.ask(b"x" * 200)
            assert whole.startswith(b"ok ")
            assert c.ask(b"x" * (len(whole) - 1)) == b"ok"
            assert len(c.ask(b"x" * len(whole))) == len(whole)
            s.stop()


def test_refusals():
    with h.Sockd([h.udp()], [h.file(path="@DIR@/none/x.log")]) as s, s.datagrams() as c:
        assert h.ERROR.fullmatch(c.ask(b"x" * 200))
        for n in (6, 7, 20):
            assert c.ask(b"x" * n) == b"error"
        c.send(b"x" * 5)
        assert h.ERROR.fullmatch(c.ask(b"x" * 200)), "too short even for the word"
        s.stop()


def test_no_receipt_is_longer_than_its_datagram():
    """Of any size that fits into one Ethernet frame."""
    for outputs in ([h.file()], [h.file(path="@DIR@/none/x.log")]):
        with h.Sockd([h.udp(reply="ok %i %l, as a long template has it: %i %i %i\\n")], outputs) as s, \
                s.datagrams() as c:
            sent = received = 0
            for n in range(ETHERNET_PAYLOAD_MAX + 1):
                c.send(b"x" * n)
                if n > len("error"):
                    size = len(c.receive())
                    assert 0 < size <= n, (n, size)
                    sent, received = sent + n, received + size
            assert 0 < received <= sent
            s.stop()


def test_receipts_are_not_answered_however_much_of_them_is_kept():
    """The rule looks at what was received, not at the message that limits.message_size makes of it."""
    for kept in (1, 2, 3, 6):
        with h.Sockd([h.udp()], top=f"limits = {{ message_size = {kept}; }};") as s, s.datagrams() as c:
            for probe in [b"ok 1k9f3a2b-17 durable truncated", b"error 1k9f3a2b-17 not stored: no space"]:
                c.send(probe)
                assert h.RECEIPT.fullmatch(c.ask(b"a probe that is long enough for its receipt")), (kept, probe)
            s.stop()
            assert c.silent(), "all that was answered is here by now"


def spoofed(source, destination, data):
    """An IPv4 packet with a UDP datagram, whose checksum is left out."""
    udp = struct.pack("!HHHH", source[1], destination[1], 8 + len(data), 0) + data
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, socket.IPPROTO_UDP, 0,
                       socket.inet_aton(source[0]), socket.inet_aton(destination[0]))
    return head + udp


def test_broadcast_address():
    """A socket may be passed with SO_BROADCAST set, without which the kernel refuses such a receipt."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as network:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        own.bind(("127.0.0.1", 0))
        network.bind(("127.255.255.255", 0))
        port = own.getsockname()[1]
        number = own.fileno()
        prefix = ["bash", "-c", f'exec 3<&{number}; LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"', "bash"]
        with h.Sockd([h.udp(port=port)], prefix=prefix, pass_fds=[number]) as s, \
                h.Datagrams(("127.0.0.1", port)) as c:
            try:
                raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
            except PermissionError as error:
                raise h.Skip("needs root for a raw socket") from error
            with raw:
                raw.sendto(spoofed(("127.255.255.255", network.getsockname()[1]), ("127.0.0.1", port),
                                   b"from all hosts of a network, no receipt for this"), ("127.0.0.1", port))
            s.wait_records(1)
            h.receipt_id(c.ask(b"from an ordinary address, a receipt for this"))
            s.stop()
            assert not h.select.select([network], [], [], 0)[0], "all that was answered is here by now"


def test_receipts_are_not_answered():
    with h.Sockd([h.udp()]) as s, s.datagrams() as c:
        for probe in [b"ok 1k9f3a2b-17 durable and quite long", b"ok a receipt of another server",
                      b"error 1k9f3a2b-17 not stored: no space"]:
            assert answered(c, probe) is None, probe
        for probe in [b"okay this is no receipt", b"errors happen, but this is none", b"OK then"]:
            assert answered_at_all(c, probe), probe
        s.stop()


def answered_at_all(c, probe):
    return c.ask(probe).startswith(b"ok")


def test_privileged_source_port():
    if os.geteuid() != 0:
        raise h.Skip("needs root for a source port below 1024")
    with h.Sockd([h.udp()]) as s:
        address = s.address("udp")
        with privileged(address) as c, s.datagrams() as other:
            c.send(b"from a port below 1024, no receipt for this")
            s.wait_records(1)
            h.receipt_id(other.ask(b"from an ordinary port, a receipt for this"))
            s.stop()
            assert c.silent(), "all that was answered is here by now"
        assert s.counters()["udp"].recorded == 2


def privileged(address):
    for port in range(1023, 512, -1):
        try:
            return h.Datagrams(address, source=("127.0.0.1", port))
        except OSError:
            continue
    raise h.Skip("no free port below 1024")


def test_own_port():
    with h.Sockd([h.udp(name="a"), h.udp(name="b", address="127.0.0.2")]) as s:
        port = s.port("b")
        with h.Datagrams(s.address("a"), source=("127.0.0.1", port)) as c, s.datagrams("a") as other:
            c.send(b"from a port number that is one of sockd's own")
            s.wait_records(1)
            h.receipt_id(other.ask(b"from an ordinary port, a receipt for this"))
            s.stop()
            assert c.silent(), "all that was answered is here by now"


if __name__ == "__main__":
    h.main()
