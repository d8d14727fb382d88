#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An operator looks at a sockd whose clients show certificates: records, journal fields, the lists, status, metrics and
the bus all say who the client is, and how its handshakes ended; and when the certificate of a listener expires."""

import json
import os
import re
import struct

import bus
import harness as h
import pki
import servers
from tls_client import TlsClient

PKI = pki.temporary()
SERVER, CLIENT = PKI.server(), PKI.client()
FORMATS = {"text": {"path": "@DIR@/text"}, "json": {"path": "@DIR@/json", "format": "json"}}


def listener(identity=SERVER, clients="request", **keys):
    tls = {"certificate": identity.certificate, "key": identity.key, "clients": clients, "ca": PKI.ca}
    return h.tcp(tls=tls, **keys)


def outputs():
    return [h.file(name=name, **of) for name, of in FORMATS.items()]


def connect(s, identity=None, **keys):
    return TlsClient(s.address("tcp"), PKI.ca, identity, **keys)


def test_records():
    nameless, odd = PKI.client_nameless(), PKI.client_odd()
    with h.Sockd([listener()], outputs()) as s:
        ids, peers = [], []
        for identity in (CLIENT, None, nameless, odd):
            with connect(s, identity) as c:
                ids += c.send(b"x\n").receipts(1)
                peers.append(c.name.decode())
        with open(s.path("text"), "rb") as f:
            columns = [line.split(b" ")[2].decode() for line in f]
        with open(s.path("json"), encoding="utf-8") as f:
            records = [json.loads(line) for line in f]
        strange = records[3]["peer_name"]
        peers[0], peers[3] = f"scale-7.plant.example@{peers[0]}", f"{strange}@{peers[3]}"
        assert columns == peers, (columns, peers)
        assert re.fullmatch(r"([A-Za-z0-9._:/@*+-]|\\x[0-9a-f]{2})+", strange), strange
        assert [[k for k in of if k in ("peer_name", "peer_fingerprint", "tls")] for of in records] == [
            ["peer_name", "peer_fingerprint", "tls"], ["tls"], ["peer_fingerprint", "tls"],
            ["peer_name", "peer_fingerprint", "tls"]], records
        assert records[0]["peer_name"] == "scale-7.plant.example"
        assert records[0]["peer_fingerprint"] == CLIENT.fingerprint
        assert records[2]["peer_fingerprint"] == nameless.fingerprint and records[1]["tls"] == "TLSv1.3"
        assert [of["peer_address"] for of in records] == ["127.0.0.1"] * 4
        for source in FORMATS:
            for args, wanted in ((("--name", "scale-7.plant.example"), [0]), (("--name", strange), [3]),
                                 (("--peer", "127.0.0.1"), [0, 1, 2, 3]), (("--name", "nobody"), [])):
                r = servers.sockctl("-c", s.config, "log", "--source", s.path(source), *args)
                assert [h.record(line).id for line in r.out.splitlines()] == [ids[i] for i in wanted], (source, r)
        s.stop()


def test_behind_a_proxy():
    """A name and a fingerprint are of one certificate: the proxy's word counts for who has not shown one."""
    said = b"\x03\0\0\0\0" + b"\x22\0\x07scale 7"  # by a proxy: its client has a certificate, which it has verified
    body = bytes((192, 0, 2, 7, 198, 51, 100, 1, 18, 103, 1, 187)) + b"\x20" + struct.pack("!H", len(said)) + said
    header = b"\r\n\r\n\0\r\nQUIT\n\x21\x11" + struct.pack("!H", len(body)) + body
    with bus.Bus() as b:
        with h.Sockd([listener(proxies=["127.0.0.0/8"])], outputs(), env=b.env) as s:
            b.wait_owned()
            for identity, name in ((CLIENT, "scale-7.plant.example"), (None, r"scale\x207")):
                with connect(s, identity, shake=False) as c:
                    c.raw(header).shake().send(b"x\n").receipts(1)
                    row, = b.call("ListConnections", "tu", "0", "10")
                    assert (row["peer_name"], row["peer_address"]) == (name, "192.0.2.7"), row
                    assert row.get("peer_fingerprint") == (identity.fingerprint if identity else None), row
                h.wait_for(lambda: b.call("GetStatus")["connections"] == 0, "the end")
            s.stop()
            with open(s.path("json"), encoding="utf-8") as f:
                first, second = [json.loads(line) for line in f]
            with open(s.path("text"), "rb") as f:
                columns = [line.split(b" ")[2] for line in f]
            assert list(first)[8:-2] == ["peer_name", "peer_fingerprint", "tls", "via_address", "via_port"], first
            assert list(second)[8:-2] == ["peer_name", "tls", "via_address", "via_port"], second
            assert (first["peer_name"], second["peer_name"]) == ("scale-7.plant.example", r"scale\x207")
            assert columns == [b"scale-7.plant.example@192.0.2.7:4711", b"192.0.2.7:4711"], columns


def test_lists():
    with bus.Bus() as b, h.Sockd([listener(), h.tcp(name="plain")], env=b.env) as s:
        with connect(s, CLIENT) as c, connect(s) as stranger, s.connect("plain") as plain:
            for of in (c, stranger, plain):
                of.send(b"x\n").receipts(1)
            b.wait_owned()
            of_tls, of_plain = b.call("ListListeners")
            assert (of_tls["tls"], of_tls["clients"]) == ("1.2", "request") and "localhost" in of_tls["certificate"]
            assert of_tls["certificate_expires_usec"] > 0
            assert [of_plain[k] for k in ("tls", "clients", "certificate")] == [""] * 3
            assert of_plain["certificate_expires_usec"] == 0
            rows = b.call("ListConnections", "tu", "0", "10")
            assert b.rows("connections") != [] and len(rows) == 3
            keys = ("tls", "tls_cipher", "peer_name", "peer_fingerprint")
            assert [[k for k in keys if k in row] for row in rows] == [list(keys), ["tls", "tls_cipher"], []], rows
            assert [rows[0][k] for k in ("tls", "peer_name", "peer_fingerprint")] == \
                ["TLSv1.3", "scale-7.plant.example", CLIENT.fingerprint]
            with open(os.path.join(h.SRCDIR, "man/org.sockd1.5"), encoding="utf-8") as f:
                words = set(re.findall(r"[a-z_0-9]+", " ".join(re.findall(r"Va (.*)", f.read()))))
            assert not set().union(*rows) - words
            shown = b.sockctl("connections", "--no-legend").out.decode().splitlines()
            assert [line.split()[2] for line in shown] == [
                f"scale-7.plant.example@{c.name.decode()}", stranger.name.decode(), plain.name.decode()], shown
            shown = b.sockctl("listeners", "--no-legend").out.decode().splitlines()
            assert shown[0].endswith("  tcp TLS") and shown[1].endswith("  tcp"), shown
            status = b.call("GetStatus")
            assert (status["tls_connections"], status["greeting"], status["handshakes"]) == (2, 0, 2), status
            assert "TLS: 2 open, 2 handshakes, 0 more failed\n" in b.sockctl("status").out.decode()
            s.stop()


def test_handshakes():
    """Each failure is counted once in the sum, and once by its reason."""
    with bus.Bus() as b:
        with h.Sockd([listener(clients="require")], env=b.env) as s:
            b.wait_owned()
            for _ in range(2):
                with s.connect() as c:
                    c.send(b"hello, who are you?\n").rest()
            with connect(s) as c:
                try:
                    c.rest()
                except OSError:
                    pass
            h.wait_for(lambda: b.call("GetStatus")["handshakes_failed"] == 3, "failures")
            row, = b.call("ListListeners")
            assert (row["handshakes_not_tls"], row["handshakes_certificate"], row["handshakes"]) == (2, 1, 0), row
            text = b.sockctl("metrics").out.decode()
            assert 'sockd_listener_handshakes_not_tls_total{listener="tcp",protocol="tcp"} 2\n' in text
            assert "\nsockd_handshakes_failed_total 3\n" in text
            s.stop()


def test_expiry():
    with bus.Bus() as b:
        for end, mark in ((3, "expires in 2d "), (-1, "expired 1d"), (300, None)):
            identity = PKI.server(f"server-{end}", start=-30, end=end)
            with h.Sockd([listener(identity)], env=b.env) as s:
                b.wait_owned()
                row, = b.call("ListListeners")
                status, shown = b.sockctl("status").out.decode(), b.sockctl("listeners").out.decode()
                assert ("Certificate: " in status) == (", certificate " in shown) == bool(mark), (status, shown)
                assert not mark or (f" of tcp {mark}" in status and f"tcp TLS, certificate {mark}" in shown), status
                seconds = re.search(r"^sockd_listener_certificate_expires_timestamp_seconds\{.*\} (.*)$",
                                    b.sockctl("metrics").out.decode(), re.M)
                assert float(seconds.group(1)) == row["certificate_expires_usec"] / 1e6
                s.stop()


if __name__ == "__main__":
    h.main()
