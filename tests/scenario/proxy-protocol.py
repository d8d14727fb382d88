#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A listener has a list of proxies: their connections begin with a PROXY header, and the client that it names is the
peer in records, limits and access lists. Others may not connect. A proxy that sends anything else, or nothing, is
closed; that is counted, and logged once."""

import json
import os
import signal
import socket
import struct

import bus
import harness as h

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
V1 = b"PROXY TCP4 192.0.2.7 198.51.100.1 4711 443\r\n"
V1_6 = b"PROXY TCP6 2001:db8::7 2001:db8::1 4711 443\r\n"
ANY = ["127.0.0.0/8"]
# A few headers, and the peer and the local address of their records.
CASES = [
    (V1, "192.0.2.7", "198.51.100.1"),
    (V1_6, "2001:db8::7", "2001:db8::1"),
    (b"PROXY TCP6 ::ffff:192.0.2.7 ::1 4711 443\r\n", "192.0.2.7", "::1"),
]


def tlv(kind, value):
    return struct.pack("!BH", kind, len(value)) + value


# Verified; the name has a space.
CERTIFICATE = tlv(0x20, b"\x03\0\0\0\0" + tlv(0x21, b"TLSv1.3") + tlv(0x22, b"scale 7"))


def v2(body=b"", command=0x21, family=0x11):
    return SIGNATURE + struct.pack("!BBH", command, family, len(body)) + body


def v4_addresses(source="192.0.2.7", port=4711):
    return socket.inet_aton(source) + socket.inet_aton("198.51.100.1") + struct.pack("!HH", port, 443)


def from_client(source, port=4711):
    return v2(v4_addresses(source, port))


def listener(**keys):
    return h.tcp(**{"proxies": ANY, **keys})


def outputs():
    return [h.file(), h.file(path="@DIR@/messages.json", format="json")]


def json_records(s):
    with open(s.path("messages.json"), encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def closed(c):
    """It was closed without an answer."""
    try:
        return c.rest() == b""
    except ConnectionResetError:
        return True


def ask(s, data):
    """The answer to what a new connection sends; b"" if it is closed instead."""
    with h.Client(s.address()) as c:
        try:
            return c.send(data).line()
        except OSError:
            return b""


def test_records():
    with h.Sockd([listener()], outputs()) as s:
        for header, _, _ in CASES:
            with s.connect() as c:
                via = c.socket.getsockname()
                c.send(header + b"hello\n").receipts(1)
        with s.connect() as c:
            c.send(v2(v4_addresses() + tlv(5, b"id \xff") + CERTIFICATE) + b"hello\n").receipts(1)
        with s.connect() as c:
            local = c.socket.getsockname()
            c.send(v2(command=0x20, family=0) + b"hello\n").receipts(1)
            c.send(b"hello again\n").receipts(1)
        s.stop()
        found = json_records(s)
        for record, (_, peer, destination) in zip(found, CASES):
            assert (record["peer_address"], record["peer_port"]) == (peer, 4711), record
            assert (record["local_address"], record["local_port"]) == (destination, 443), record
            assert record["via_address"] == "127.0.0.1" and "via_id" not in record, record
        assert found[len(CASES) - 1]["via_port"] == via[1]
        keys = list(found[3])
        assert keys[keys.index("local_port"):] == ["local_port", "peer_name", "via_address", "via_port", "via_id",
                                                   "via_tls", "size", "message"], keys
        assert (found[3]["peer_name"], found[3]["via_tls"], found[3]["via_id"]) == (
            "scale\\x207", "TLSv1.3", "id\\x20\\xff")
        for record in found[4:]:
            assert (record["peer_address"], record["peer_port"]) == local and "via_address" not in record, record
        assert [r.peer for r in s.records()][:2] == [b"192.0.2.7:4711", b"[2001:db8::7]:4711"]
        assert s.records()[4].peer == b"%s:%d" % (local[0].encode(), local[1])


def test_cut_anywhere():
    """In two pieces, of which the first is read before the second is sent, and in single bytes."""
    with h.Sockd([listener()]) as s:
        n = 0
        for header in (V1, from_client("192.0.2.7")):
            stream = header + b"hello\n"
            for i in range(1, len(stream)):
                with s.connect() as c:
                    c.send(stream[:i])
                    h.wait_for(lambda c=c: s.has_read_all(c), "the first piece to be read")
                    c.send(stream[i:]).receipts(1)
                    n += 1
            with s.connect() as c:
                for i in range(len(stream)):
                    c.send(stream[i:i + 1])
                c.receipts(1)
                n += 1
        s.stop()
        assert len(s.records()) == n
        assert {(r.peer, r.text) for r in s.records()} == {(b"192.0.2.7:4711", b"hello")}


BAD = [
    (b"hello\n", r'sent no PROXY header \(first bytes "hello\\n"\), closing it'),
    (b"\x16\x03\x01\x02", r'sent no PROXY header \(first bytes "\\x16\\x03\\x01\\x02"\), closing it'),
    (V1.replace(b"TCP4", b"UDP4") + b"hello\n", "sent a bad PROXY header: unknown protocol, closing it"),
    (V1.replace(b"4711", b"04711") + b"hello\n", "sent a bad PROXY header: invalid port, closing it"),
    (v2(v4_addresses() + tlv(3, b"\0\0\0\0")) + b"hello\n", "sent a bad PROXY header: wrong checksum, closing it"),
    (SIGNATURE + b"\x11", "sent a bad PROXY header: unknown version, closing it"),
]


def test_bad():
    for data, line in BAD:
        with h.Sockd([listener()], [h.file()]) as s:
            with s.connect() as c:
                name = c.name.decode()
                c.send(data)
                assert closed(c), data
            s.wait_line(f"listener tcp: {name} {line}$")
            s.stop()
            assert s.counters()["tcp"].received == 0 and not s.records()


def test_bad_ones_are_told_once():
    with bus.Bus() as b, h.Sockd([listener()], env=b.env) as s:
        b.wait_owned()
        for i in range(100):
            with s.connect() as c:
                c.send(b"hello %d\n" % i)
                assert closed(c)
        (row,) = b.rows("listeners")
        assert row["proxy_headers_bad"] == 100 and row["connections_accepted"] == 0, row
        s.stop()
    assert sum("PROXY" in line for line in s.stderr.split("\n")) <= 2, s.stderr


def test_ends():
    """Before a byte, or behind the header, the end is nothing to tell; inside the header it is."""
    with h.Sockd([listener()]) as s:
        for data in (b"", V1, v2(command=0x20, family=0), from_client("192.0.2.7")):
            with s.connect() as c:
                c.send(data).finish()
                assert closed(c)
        quiet = [line for line in s.stderr.split("\n") if "listening" not in line and "sockd " not in line]
        assert not any("tcp" in line for line in quiet), quiet
        with s.connect() as c:
            c.send(V1[:9]).finish()
            assert closed(c)
        s.wait_line("sent a bad PROXY header: incomplete, closing it")
        s.stop()
        assert s.counters()["tcp"].received == 0


def test_silent():
    """Sockd gives up by itself: with nothing, and with half a header."""
    with h.Sockd([listener()]) as s:
        with s.connect() as silent:
            assert closed(silent)
        s.wait_line("sent no PROXY header in time, closing it")
        with s.connect() as c:
            c.send(V1 + b"still served\n").receipts(1)
        s.stop()


def test_outsider():
    """It is denied before its header is read."""
    with h.Sockd([listener(proxies=["127.0.0.9"])]) as s:
        try:
            with s.connect() as c:
                c.send(from_client("192.0.2.99") + b"spoofed\n")
                assert closed(c)
        except OSError:
            pass  # reset, perhaps while it still connects
        s.wait_line(r"listener tcp: 127\.0\.0\.1:[0-9]+ is not in proxies, denied")
        with h.Client(s.address(), source=("127.0.0.9", 0)) as c:
            c.send(from_client("192.0.2.7") + b"hello\n").receipts(1)
        s.stop()
        assert [r.peer for r in s.records()] == [b"192.0.2.7:4711"]
        assert "192.0.2.99" not in s.stderr


def test_lists_judge_the_client():
    with h.Sockd([listener(allow=["192.0.2.0/24"], deny=["192.0.2.66"])]) as s:
        for source, reason in (("192.0.2.7", None), ("192.0.2.66", "in deny"), ("198.51.100.9", "not in allow")):
            with s.connect() as c:
                c.send(from_client(source) + b"hello\n")
                if not reason:
                    c.receipts(1)
                    continue
                assert closed(c)
        s.wait_line(r"listener tcp: 192\.0\.2\.66:4711 is in deny, denied")
        s.stop()
        assert [r.peer for r in s.records()] == [b"192.0.2.7:4711"]


def test_limit_counts_clients():
    """connections_per_peer: each client may have one, however many the proxy has. Its place comes back."""
    with h.Sockd([listener()], top="limits = { connections_per_peer = 1; };") as s:
        with s.connect() as a, s.connect() as b, s.connect() as again:
            a.send(from_client("192.0.2.7") + b"hello\n").receipts(1)
            b.send(from_client("192.0.2.8") + b"hello\n").receipts(1)
            again.send(from_client("192.0.2.7", 4712) + b"hello\n")
            assert closed(again)
            s.wait_line(r"192\.0\.2\.7:4712: limits\.connections_per_peer \(1\) reached, connection rejected")
            a.finish()
            assert closed(a)
        # Its end is seen a moment before its place is free.
        h.wait_for(lambda: h.RECEIPT.fullmatch(ask(s, from_client("192.0.2.7") + b"hello\n")), "the place")
        s.stop()
        assert s.counters()["tcp"].recorded == 3


def test_reload():
    """A stream keeps its client. One that the new lists deny ends; one that waits for a header is judged by them."""
    with h.Sockd([listener()]) as s:
        port = s.port()
        other = h.Client(s.address(), source=("127.0.0.9", 0))
        with s.connect() as stays, s.connect() as goes, s.connect() as waits, s.connect() as plain, other as local:
            local.send(v2(command=0x20, family=0) + b"l\n").receipts(1)
            stays.send(from_client("192.0.2.7") + b"a\n").receipts(1)
            goes.send(from_client("192.0.2.66") + b"b\n").receipts(1)
            waits.send(V1[:9])
            h.wait_for(lambda: s.has_read_all(waits), "half the header to be read")
            s.write_config(h.config_text([listener(port=port, deny=["192.0.2.66", "127.0.0.9"])]))
            s.signal(signal.SIGHUP)
            assert closed(goes) and closed(local)
            stays.send(b"c\n").receipts(1)
            waits.send(V1[9:] + b"d\n").receipts(1)
            plain.send(from_client("192.0.2.66") + b"e\n")
            assert closed(plain)
        # Without proxies, the next connection is the peer itself.
        s.write_config(h.config_text([h.tcp(port=port)]))
        s.signal(signal.SIGHUP)
        h.wait_for(lambda: s.stderr.count("\nreloaded") == 2, "the second reload")
        with s.connect() as c:
            c.send(V1).receipts(1)
        s.stop()
        assert sorted(r.text for r in s.records()) == sorted([b"a", b"b", b"c", b"d", b"l", V1.strip()])


def test_stop():
    """What a proxy has sent is recorded, also if nothing of it was read; a half header is not."""
    with h.Sockd([listener()], **h.delayed("accept4:when=2")) as s:
        with s.connect() as first:
            first.send(V1[:9])
            c = h.Client(s.address())
            c.send(V1 + b"hello\n")
            s.signal(signal.SIGTERM)
            s.release()
            c.receipts(1)
            c.finish()
            assert closed(first)
        c.close()
        assert s.wait_exit() == 0
        assert [r.peer for r in s.records()] == [b"192.0.2.7:4711"]


def test_connections():
    """What sockctl tells of the streams."""
    with bus.Bus() as b, h.Sockd([listener()], env=b.env) as s:
        b.wait_owned()
        with s.connect() as c, s.connect() as waits:
            c.send(V1 + b"hello\n").receipts(1)
            waits.send(V1[:9])
            h.wait_for(lambda: s.has_read_all(waits), "half the header to be read")
            rows = {r["state"]: r for r in b.rows("connections")}
            status = b.rows("status")
            assert status["greeting"] == 1 and status["connections"] == 2, status
            assert rows["reading"]["peer_address"] == "192.0.2.7" and rows["reading"]["local_port"] == 443
            assert (rows["reading"]["via_address"], rows["reading"]["via_port"]) == c.socket.getsockname()
            assert rows["greeting"]["peer_port"] == waits.socket.getsockname()[1]
            assert "via_address" not in rows["greeting"]
            peers = b.rows("peers")
            assert [p["peer_address"] for p in peers] == ["192.0.2.7"], peers
        s.stop()


def test_names_and_proxies():
    """The name of a certificate is shown with its connection, the list of proxies with its listener."""
    with h.tempfile.TemporaryDirectory(prefix="sockd-test-") as d, bus.Bus() as b:
        path = os.path.join(d, "a\nb")
        with open(path, "w", encoding="ascii") as f:
            f.write("203.0.113.1\n")
        with h.Sockd([listener(proxies=[*ANY, "@" + path]), h.udp()], env=b.env) as s:
            b.wait_owned()
            with s.connect() as named, s.connect() as nameless:
                named.send(v2(v4_addresses() + CERTIFICATE) + b"hello\n").receipts(1)
                nameless.send(V1 + b"hello\n").receipts(1)
                first, second = b.rows("connections")
                assert first["peer_name"] == "scale\\x207" and "peer_name" not in second, (first, second)
                table = b.sockctl("connections").out.decode()
                assert " scale\\x207@192.0.2.7:4711 " in table and " 192.0.2.7:4711 " in table, table
            rows = b.rows("listeners")
            assert [r["proxies"] for r in rows] == [[*ANY, f"@{d}/a\\nb"], []], rows
            s.stop()


if __name__ == "__main__":
    h.main()
