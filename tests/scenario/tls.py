#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A listener with TLS: messages and receipts as without it, who the peer is, and that nothing but the peer itself can
end a message."""

import json
import os
import ssl

import harness as h
import pki as certificates
from tls_client import TlsClient

PKI = certificates.temporary()
SERVER, CLIENT = PKI.server(), PKI.client()
LINES = b"first\nsecond\nthird\n"


def tls(server=SERVER, **keys):
    return {"certificate": server.certificate, "key": server.key, **keys}


def secure(group=None, **keys):
    return h.tcp(name="tls", tls=group or tls(), **keys)


def mutual(**keys):
    return tls(clients="require", ca=PKI.ca, **keys)


def client(s, **keys):
    return TlsClient(s.address("tls"), PKI.ca, **keys)


def test_versions():
    with h.Sockd([secure()], [h.file(), h.file(path="@DIR@/json", format="json")]) as s:
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with client(s, minimum=version, maximum=version) as c:
                c.send(LINES).receipts(3)
                c.send(b"more\n", record=1).receipts(1)
                assert c.finish().rest() == b"" and c.ended
        s.stop()
        assert [r.text for r in h.records(s.log)] == 2 * [b"first", b"second", b"third", b"more"]
        with open(s.path("json"), encoding="utf-8") as f:
            records = [json.loads(line) for line in f]
        assert [r["tls"] for r in records] == 4 * ["TLSv1.2"] + 4 * ["TLSv1.3"]
        assert not any("peer_name" in r for r in records)
        assert s.counters()["tls"].recorded == 8


def test_who_it_is():
    """The first of: URI, DNS name, subject; only its last "@" is ours."""
    people = [(CLIENT, "scale-7.plant.example"), (PKI.client_uri(), "urn:plant:scale-8"),
              (PKI.client_cn(), "scale-9"), (PKI.client_chain(), "scale-7.plant.example"), (PKI.client_nameless(), "")]
    with h.Sockd([secure(mutual())], [h.file(), h.file(path="@DIR@/json", format="json")]) as s:
        for who, _ in people:
            with client(s, identity=who) as c:
                c.send(b"x\n").receipts(1)
        with client(s, identity=PKI.client_odd()) as c:
            c.send(b"odd\n").receipts(1)
        s.stop()
        with open(s.path("json"), encoding="utf-8") as f:
            records = [json.loads(line) for line in f]
        for record, (who, name) in zip(records, people):
            assert record.get("peer_name", "") == name and record["peer_fingerprint"] == who.fingerprint, record
        with open(s.log, "rb") as f:
            peers = [line.split(b" ")[2] for line in f]
        for peer, (_, name) in zip(peers, people):
            assert peer.rpartition(b"@")[0] == name.encode() and peer.rpartition(b"@")[2].startswith(b"127.0.0.1:")
        assert peers[-1].count(b" ") == 0 and b"\\x20" in peers[-1] and b"\\x0a" in peers[-1]


def test_cut_at_each_byte():
    """FIN without close_notify: what is whole has its receipt, the rest never."""
    with h.Sockd([secure()], [h.file(), h.file(path="@DIR@/json", format="json")]) as s:
        with client(s) as c:
            size = len(c.seal(LINES, record=3))
            c.finish()
        whole = cut = 0
        for at in range(size):
            with client(s, maximum=ssl.TLSVersion.TLSv1_3) as c:
                c.raw(c.seal(LINES, record=3)[:at]).cut()
                answers = c.rest().split(b"\n")[:-1]
                assert all(a.startswith(b"ok ") for a in answers), answers
                whole += len(answers)
        s.stop()
        texts = [r.text for r in h.records(s.log)]
        cut = [t for t in texts if t.endswith(b"\\[cut off]")]
        assert whole == len(texts) - len(cut) and whole > 0
        assert not {t for t in texts if not t.endswith(b"\\[cut off]")} - set(LINES.split())
        assert len(cut) > 0


def test_end_of_a_message():
    """With framing "eof", close_notify ends it, and nothing else."""
    with h.Sockd([secure(framing="eof")]) as s:
        with client(s) as c:
            c.send(b"all of it").finish()
            assert c.line().startswith(b"ok ")
        with client(s) as c:
            c.send(b"a part").cut()
            assert c.rest() == b""
        s.stop()
        assert [r.text for r in h.records(s.log)] == [b"all of it", b"a part\\[cut off]"]


def test_silence_ends_nothing():
    with h.Sockd([secure()], top="limits = { idle_timeout = 3; };") as s:
        with client(s) as c:
            c.send(b"half")
            assert c.rest() == b"" and c.ended
        s.stop()
        assert [r.text for r in h.records(s.log)] == [b"half\\[cut off]"]


def test_garbage_after_the_handshake():
    with h.Sockd([secure()]) as s:
        with client(s) as c:
            c.send(b"good\n").receipts(1)
            c.raw(b"\x17\x03\x03\x00\x20" + bytes(32))
            try:
                assert c.rest() == b""
            except ssl.SSLError as e:
                assert "BAD_RECORD_MAC" in e.reason, e
        s.wait_line("TLS: broke the TLS protocol")
        with client(s) as c:
            c.send(b"next\n").receipts(1)
        s.stop()
        assert [r.text for r in h.records(s.log)] == [b"good", b"next"]
        assert s.counters()["tls"].bad_frames == 1


def test_many_messages():
    """Receipts wait for a peer that reads late, in ciphertext and in runs."""
    n = 20000
    with h.Sockd([secure(acknowledge="received")]) as s, client(s) as c:
        for _ in range(10):
            c.send(b"x" * 99 + b"\n" + b"y\n" * (n // 10 - 1))
        ids = c.receipts(n)
        c.finish()
        s.stop()
        assert [r.id for r in h.records(s.log)] == ids and len(set(ids)) == n


def test_stop_and_drain():
    """What was sent before the end is recorded; the connection ends properly."""
    with h.Sockd([secure()]) as s, client(s) as c:
        c.send(b"one\n").receipts(1)
        c.send(b"two\n")
        h.wait_for(lambda: s.has_read_all(c), "what was sent to be read")
        s.signal(15)
        assert c.line().startswith(b"ok ") and c.rest() == b"" and c.ended
        s.stop()
        assert [r.text for r in h.records(s.log)] == [b"one", b"two"]


def test_split_anywhere():
    """Each byte of a connection, handshake and all, in a read of its own."""
    with h.Sockd([secure()], top="workers = 1;") as s:
        with client(s, shake=False) as c:
            done = False
            while not done:
                done = c.greet()
                for byte in c.taken():
                    c.raw(bytes([byte]))
                if not done:
                    c._fill()
            for byte in c.seal(LINES):
                c.raw(bytes([byte]))
            c.receipts(3)
        s.stop()
        assert [r.text for r in h.records(s.log)] == LINES.split()


def test_behind_a_proxy():
    """First its header, then the handshake, also in one packet."""
    header = b"PROXY TCP4 192.0.2.7 192.0.2.1 4711 6514\r\n"
    with h.Sockd([secure(mutual(), proxies=["127.0.0.0/8"], allow=["192.0.2.0/24"])]) as s:
        for apart in (True, False):
            with client(s, identity=CLIENT, shake=False) as c:
                hello = c.hello()
                if apart:
                    c.raw(header)
                    h.wait_for(lambda client=c: s.has_read_all(client), "the header to be read")
                c.raw(hello if apart else header + hello)
                c._fill()
                c.shake()
                c.send(b"x\n").receipts(1)
        s.stop()
        with open(s.log, "rb") as f:
            assert [line.split(b" ")[2] for line in f] == 2 * [b"scale-7.plant.example@192.0.2.7:4711"]


def test_not_loaded_without_need():
    with h.Sockd() as s:
        def maps():
            with open(f"/proc/{s.pid}/maps", encoding="utf-8") as f:
                return f.read()

        assert "libssl" not in maps() and "tls.so" not in maps()
        s.reload([h.tcp(), secure()])
        assert "libssl" in maps() or os.environ.get("SOCKD_SANITIZERS", "no") != "no"
        with client(s) as c:
            c.send(b"x\n").receipts(1)
        s.stop()


if __name__ == "__main__":
    h.main()
