#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Raw listeners, in a network of their own: each IP packet of a protocol is a message, byte for byte, with or without
its header; fragments come as one. What the header says is recorded. Only threads that open sockets keep the capability;
without it sockd does not start, and says why."""

import os
import re
import signal
import socket
import struct
import subprocess

import bus
import harness as h
import networks as n

SIX = "::1"


def sender(host="127.0.0.1", ip_protocol=253, **options):
    """A raw socket that sends there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    s = socket.socket(family, socket.SOCK_RAW, ip_protocol)
    s.settimeout(h.DEADLINE)
    if "source" in options:
        s.bind((options["source"], 0))
    s.connect((host, 0))
    return s


def send(data, host="127.0.0.1", ip_protocol=253, **options):
    with sender(host, ip_protocol, **options) as s:
        s.send(data)


def header(data, **keys):
    """An IPv4 header for DATA, whose rest the kernel fills in."""
    words = 5 + len(keys.get("options", b"")) // 4
    return struct.pack("!BBHHHBBH4s4s", 0x40 | words, keys.get("tos", 0), 4 * words + len(data), 0, 0,
                       keys.get("ttl", 64), keys.get("ip_protocol", 253), 0,
                       socket.inet_aton(keys.get("source", "127.0.0.1")), socket.inet_aton("127.0.0.1")
                       ) + keys.get("options", b"")


def send_whole(data, **keys):
    """With a header of our own."""
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as s:
        s.sendto(header(data, **keys) + data, ("127.0.0.1", 0))


def json_output():
    return h.file(path="@DIR@/log.json", format="json")


def test_payload():
    """All bytes, also those that end a line elsewhere, and none at all."""
    texts = [b"hello", b"", b"ends in lf\n", b"\0\0", bytes(range(256))]
    with h.Sockd([h.raw(address="*")], [h.file(), json_output()]) as s:
        found = 0
        for host in ("127.0.0.1", SIX):
            for text in texts:
                send(text, host)
                found += 1
                record = s.wait_records(found)[-1]
                assert bytes(record) == text and record.peer == host.encode(), record
        s.stop()
        first, last = h.json_records(s.path("log.json"))[0], h.json_records(s.path("log.json"))[-1]
        expected = {"protocol": "raw", "peer_address": "127.0.0.1", "local_address": "127.0.0.1", "ip_protocol": 253,
                    "ttl": 64, "tos": 0, "size": 5}
        assert {k: first.get(k) for k in expected} == expected, first
        assert not {"peer_port", "local_port", "ip_options", "peer_uid"} & first.keys(), first
        assert (last["peer_address"], last["local_address"], last["ttl"], last["size"]) == (SIX, SIX, 64, 256), last


def test_sizes():
    """Fragments are put together; the largest packet there is."""
    with h.Sockd([h.raw(address="*")], top="limits = { message_size = 65536; };") as s:
        for i, (size, host) in enumerate([(5000, "127.0.0.1"), (5000, SIX), (65515, "127.0.0.1"), (65535, SIX)]):
            data = os.urandom(size)
            with sender(host) as c:
                c.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
                c.send(data)
            assert bytes(s.wait_records(i + 1)[i]) == data, (size, host)
        s.stop()


def test_fragments_over_a_cable():
    with n.FarHost() as far:
        far.cable()
        with h.Sockd([h.raw(address=n.HERE)]) as s:
            script = ("import socket; s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 253); "
                      f"s.sendto(b'x' * 5000, ('{n.HERE}', 0))")
            subprocess.run([*far.enter, h.sys.executable, "-c", script], check=True)
            (record,) = s.wait_records(1)
            assert bytes(record) == b"x" * 5000 and record.peer == n.THERE.encode()
            s.stop()


def test_cut_at_message_size():
    with h.Sockd([h.raw()], top="limits = { message_size = 100; };") as s:
        send(b"x" * 101)
        send(b"x" * 100)
        found = s.wait_records(2)
        assert [h.true_size(r.text) for r in found] == [101, None] and bytes(found[0]) == b"x" * 100
        s.stop()


def test_header():
    """TTL and TOS of both families, options of IPv4."""
    options = b"\x07\x07\x04" + bytes(4) + b"\0"  # record route: one address
    with h.Sockd([h.raw(address="*")], [h.file(), json_output()]) as s:
        send_whole(b"a", tos=0x28, ttl=3)
        send_whole(b"b", options=options)
        with sender() as c:
            c.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, b"\x01\x01\x01\x00")
            c.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 255)
            c.send(b"c")
        with sender(SIX) as c:
            c.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 7)
            c.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, 0xb8)
            c.send(b"d")
        s.wait_records(4)
        s.stop()
        found = {r["message"]: r for r in h.json_records(s.path("log.json"))}
        assert (found["a"]["ttl"], found["a"]["tos"]) == (3, 0x28), found
        assert found["b"]["ip_options"].startswith("0707") and len(found["b"]["ip_options"]) == 16, found
        assert (found["c"]["ttl"], found["c"]["ip_options"]) == (255, "01010100"), found
        assert (found["d"]["ttl"], found["d"]["tos"]) == (7, 0xb8) and "ip_options" not in found["d"], found


def test_whole():
    with h.Sockd([h.raw(packet="whole")], [h.file(), json_output()]) as s:
        send_whole(b"hello", tos=8, ttl=9, options=b"\x01\x01\x01\x00")
        (record,) = s.wait_records(1)
        packet = bytes(record)
        assert packet[0] == 0x46 and packet[1] == 8 and packet[8] == 9 and packet[9] == 253, packet
        assert packet[20:] == b"\x01\x01\x01\x00hello" and struct.unpack("!H", packet[2:4]) == (29,), packet
        s.stop()
        (found,) = h.json_records(s.path("log.json"))
        assert (found["ttl"], found["ip_options"], found["size"]) == (9, "01010100", 29), found


def test_checksum_lies():
    """What looks like a wrong checksum in a payload is payload."""
    with h.Sockd([h.raw()]) as s:
        send_whole(b"\xff" * 8)
        send(b"after")
        assert [bytes(r) for r in s.wait_records(2)] == [b"\xff" * 8, b"after"]
        s.stop()
        assert s.counters()["raw"].bad_frames == 0


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def echo(kind, number):
    data = struct.pack("!BBHHH", kind, 0, 0, 4711, number) + b"ping"
    return data[:2] + struct.pack("!H", checksum(data)) + data[4:]


def kinds(s):
    return [bytes(r)[0] for r in s.records()]


def test_icmp_types():
    """The kernel filters the types that it knows, sockd the rest. An echo request comes by, and so does its answer."""
    listener = {"ip_protocol": 1, "icmp_types": [8, 40, 253]}
    with h.Sockd([h.raw(**listener)]) as s:
        for number, kind in enumerate([8, 13, 40, 41, 252, 253, 8]):
            send(echo(kind, number), ip_protocol=1)
        s.wait_records(4)
        assert kinds(s) == [8, 40, 253, 8]
        s.reload([h.raw(ip_protocol=1, icmp_types=[0])])
        send(echo(8, 10), ip_protocol=1)
        s.wait_records(5)
        assert kinds(s)[4:] == [0], "the answer of the kernel"
        s.reload([h.raw(ip_protocol=1, icmp_types=[0, 8], packet="whole")])
        send(echo(8, 11), ip_protocol=1)
        s.wait_records(7)
        assert kinds(s)[5:] == [0x45, 0x45], s.records()
        s.reload([h.raw(ip_protocol=1)])
        send(echo(42, 12), ip_protocol=1)
        s.wait_records(8)
        assert kinds(s)[7:] == [42]
        s.stop()
        assert s.counters()["raw"].received == 8


def test_icmp6_types():
    with h.Sockd([h.raw(address=SIX, ip_protocol=58, icmp_types=[128, 200])]) as s:
        for kind in (129, 128, 199, 200):
            send(echo(kind, 1), SIX, 58)
        s.wait_records(2)
        s.stop()
        assert kinds(s) == [128, 200], s.records()


def test_ping():
    with h.Sockd([h.raw(ip_protocol=1, icmp_types=[8])]) as s:
        subprocess.run([h.tool("ping"), "-c", "3", "-i", "0.01", "-q", "127.0.0.1"], check=True,
                       stdout=subprocess.DEVNULL)
        s.wait_records(3)
        assert kinds(s) == [8, 8, 8]
        s.stop()


def test_config():
    """What cannot be, or would record a packet twice."""
    cases = [
        ([h.raw(ip_protocol=None)], "ip_protocol: missing"),
        ([h.raw(ip_protocol=6)], 'ip_protocol: is TCP: use protocol = "tcp"'),
        ([h.raw(ip_protocol=17)], 'ip_protocol: is UDP: use protocol = "udp"'),
        ([h.raw(ip_protocol=255)], "ip_protocol: "),
        ([h.raw(port=1)], "port: only for"),
        ([h.raw(reply="x")], "reply: raw sockets send no receipts"),
        ([h.raw(packet="whole", address="*")], 'packet: "whole" is for IPv4 addresses only'),
        ([h.raw(packet="whole", address="::1")], 'packet: "whole" is for IPv4 addresses only'),
        ([h.raw(icmp_types=[8])], "icmp_types: only for ip_protocol 1 or 58"),
        ([h.raw(ip_protocol=1, icmp_types=[256])], "256 is out of range, must be 0 to 255"),
        ([h.raw(), h.raw(name="b")], "gets the same packets"),
        ([h.raw(address="*"), h.raw(name="b", address="::1")], "gets the same packets"),
        ([h.raw(address="0.0.0.0"), h.raw(name="b")], "gets the same packets"),
        ([h.raw(interface="lo"), h.raw(name="b")], "gets the same packets"),
    ]
    for listeners, text in cases:
        code, _, err = h.run_sockd("--check", text=h.config_text(listeners))
        assert code == 78 and text in err, (text, err)
    for good in ([h.raw(), h.raw(name="b", ip_protocol=254)], [h.raw(), h.raw(name="b", address="127.0.0.2")],
                 [h.raw(address="0.0.0.0"), h.raw(name="b", address="::")],
                 [h.raw(interface="lo"), h.raw(name="b", interface="eth0")]):
        code, _, err = h.run_sockd("--check", text=h.config_text(good))
        assert code == 0, err


def test_interface():
    """Packets of another interface are not ours."""
    with n.FarHost() as far:
        far.cable()
        with h.Sockd([h.raw(address="*", interface="near")]) as s:
            send(b"over lo")
            script = ("import socket; s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 253); "
                      f"s.sendto(b'over the cable', ('{n.HERE}', 0))")
            subprocess.run([*far.enter, h.sys.executable, "-c", script], check=True)
            (record,) = s.wait_records(1)
            assert bytes(record) == b"over the cable"
            s.stop()
            assert s.counters()["raw"].received == 1


def test_lists_and_rates():
    with bus.Bus() as b, h.Sockd([h.raw(deny=["127.0.0.9"])], env=b.env) as s:
        b.wait_owned()
        for i in range(10):
            send(b"denied", source="127.0.0.9")
            send(b"%d" % i, source="127.0.0.8")
        s.wait_records(10)
        h.wait_for(lambda: b.rows("status")["datagrams_denied"] == 10, "the denied ones")
        (row,) = b.rows("listeners")
        assert row["received"] == 10 and row["addresses"] == ["127.0.0.1"], row
        s.stop()
        assert {r.peer for r in s.records()} == {b"127.0.0.8"}
    with h.Sockd([h.raw()], top="limits = { message_rate_per_peer = 10; };") as s:
        with sender() as c:
            for i in range(500):
                c.send(b"%d" % i)
        s.stop()
        counters = s.counters()["raw"]
        assert counters.received == 500 and counters.refused > 0, counters


def threads(s):
    for tid in os.listdir(f"/proc/{s.pid}/task"):
        with open(f"/proc/{s.pid}/task/{tid}/status", encoding="ascii") as f:
            text = f.read()
        sets = {name: int(re.search(rf"^{name}:\s*(\w+)", text, re.M).group(1), 16) for name in
                ("CapPrm", "CapEff", "CapInh", "CapAmb")}
        yield int(tid), sets


RAW = 1 << 13  # CAP_NET_RAW


def look(s):
    main = dict(threads(s))[s.pid]
    assert main["CapPrm"] & RAW and not (main["CapEff"] | main["CapInh"] | main["CapAmb"]) & RAW, main
    h.wait_for(lambda: [tid for tid, sets in threads(s) if any(v & RAW for v in sets.values())] == [s.pid],
               "the threads to give it up")
    assert len(list(threads(s))) >= 3


def test_capability():
    """The main thread, and those that it starts for a reload, are permitted what they make effective for a moment only;
    all others have given it up."""
    with h.Sockd([h.raw()], top="workers = 3;") as s:
        look(s)
        s.reload([h.raw(), h.raw(name="b", ip_protocol=254)], top="workers = 3;")
        send(b"x", ip_protocol=254)
        s.wait_records(1)
        assert not dict(threads(s))[s.pid]["CapEff"] & RAW
        s.stop()


def test_ambient_capability():
    """That is how the service manager gives it to somebody who is not root."""
    h.needs_all_users()
    with h.tempfile.TemporaryDirectory(prefix="sockd-test-") as d:
        os.chown(d, 1000, 100)
        program = h.shutil.copy(os.path.realpath(h.SOCKD), d)
        prefix = [h.tool("setpriv"), "--reuid=1000", "--regid=100", "--clear-groups", "--inh-caps=-all,+net_raw",
                  "--ambient-caps=-all,+net_raw"]
        with h.Sockd([h.raw(address="*")], directory=d, prefix=prefix, program=program) as s:
            look(s)
            send(b"hello")
            s.wait_records(1)
            s.reload([h.raw(), h.raw(name="b", ip_protocol=254, address="*")])
            send(b"hello", SIX, 254)
            s.wait_records(2)
            look(s)
            s.stop()


def test_without_capability():
    """One line, which says what to do; also where only one of several listeners is raw."""
    for listeners in ([h.raw()], [h.tcp(), h.raw()], [h.raw(address="*")]):
        with h.Sockd(listeners, prefix=[h.tool("setpriv"), "--bounding-set=-net_raw", "--inh-caps=-net_raw"],
                     wait=False) as s:
            assert s.wait_exit() not in (0, None)
            said = [line for line in s.stderr.splitlines() if "raw" in line]
            assert len(said) == 1 and re.search(
                r"^listener raw: cannot listen on \S+ \(raw\): Operation not permitted; a raw socket needs "
                r"CAP_NET_RAW: install the drop-in raw-sockets\.conf", said[0]), s.stderr
    with h.Sockd([h.tcp()], prefix=[h.tool("setpriv"), "--bounding-set=-net_raw", "--inh-caps=-net_raw"]) as s:
        said = s.refuse_reload([h.tcp(), h.raw()])
        assert "CAP_NET_RAW" in said, said
        with s.connect() as c:
            c.send(b"still served\n").receipts(1)
        s.stop()


def test_reload():
    """Moves to another address and another protocol; what was queued is recorded, and nothing twice."""
    with h.Sockd([h.raw()]) as s:
        for i, (listener, where) in enumerate([
                ({"ip_protocol": 254}, {"ip_protocol": 254}), ({"address": "127.0.0.2"}, {"host": "127.0.0.2"}),
                ({"address": "*"}, {"host": SIX}), ({"address": SIX}, {"host": SIX}), ({}, {})]):
            s.reload([h.raw(**listener)])
            send(b"%d" % i, **where)
            s.wait_records(i + 1)
        s.stop()
        assert [bytes(r) for r in s.records()] == [b"0", b"1", b"2", b"3", b"4"]


def test_flood():
    """What was sent is what was recorded plus what the kernel dropped, exactly."""
    for host in ("127.0.0.1", SIX):
        with h.Sockd([h.raw(address=host, receive_buffer=4096)]) as s:
            total = 50000
            with sender(host) as c:
                for i in range(total):
                    c.send(b"packet %d" % i)
            s.stop()
            counters = s.counters()["raw"]
            found = s.records()
            assert counters.recorded == len(found) and counters.recorded + counters.lost == total, counters
            numbers = [int(r.text.split(b" ")[1]) for r in found]
            assert numbers == sorted(numbers)


def test_large_buffer_loses_nothing():
    with h.Sockd([h.raw()]) as s:
        with sender() as c:
            for i in range(2000):
                c.send(b"%d" % i)
        s.stop()
        assert [int(r.text) for r in s.records()] == list(range(2000))


def test_stop_drains():
    with h.Sockd([h.raw()]) as s:
        for i in range(100):
            send(b"%d" % i)
        s.signal(signal.SIGTERM)
        assert s.wait_exit() == 0
        assert s.counters()["raw"].recorded == 100


if __name__ == "__main__":
    h.in_namespace()
    h.main()
