#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What peers do wrong with TLS: each is counted, told in words once in a while, gets an alert where there is one, and
does nobody else any harm."""

import contextlib
import re
import signal
import socket
import ssl
import struct
import subprocess
import warnings

import bus
import harness as h
import pki as certificates
from tls_client import TlsClient

PKI = certificates.temporary()
SERVER, CLIENT = PKI.server(), PKI.client()


def secure(name="tls", **keys):
    return h.tcp(name=name, tls={"certificate": SERVER.certificate, "key": SERVER.key, **keys})


def mutual(**keys):
    return secure(**{"clients": "require", "ca": PKI.ca, **keys})


def row(b):
    [found] = b.rows("listeners")
    return {key[len("handshakes"):].strip("_") or "good": value for key, value in found.items()
            if key.startswith("handshakes")}


def refused(listener, identity, text, reason="certificate", alert=None, ca=PKI.ca, **keys):
    """A client with this certificate: TEXT is told, the reason counted, and the client gets the alert."""
    with bus.Bus() as b, h.Sockd([listener], env=b.env) as s:
        b.wait_owned()
        try:
            with TlsClient(s.address("tls"), ca, identity, **keys) as c:
                c.send(b"never\n")
                assert c.rest() == b""
        except ssl.SSLError as e:
            assert not alert or alert in e.reason, e.reason
        except ConnectionError:
            assert not alert
        s.wait_line(re.escape(text))
        h.wait_for(lambda: row(b)["failed"] == 1, "the failure to be counted")
        counted = row(b)
        assert counted.pop("good") == 0 and counted.pop("failed") == 1, counted
        assert counted.pop(reason, 1) == 1 and not any(counted.values()), counted
        with TlsClient(s.address("tls"), PKI.ca, CLIENT) as c:
            c.send(b"good\n").receipts(1)
        s.stop()
        assert [r.text for r in h.records(s.log)] == [b"good"]
        assert "routines" not in s.stderr and s.stderr.count(": TLS: ") == 1


def test_certificates():
    revoked = PKI.client("client-revoked")
    crl = PKI.revoke(revoked)
    refused(mutual(), None, "TLS: sent no certificate", alert="CERTIFICATE_REQUIRED")
    refused(mutual(), PKI.client_other(), "TLS: its certificate is not signed by ca (issuer CN=Other CA,O=Plant)",
            alert="UNKNOWN_CA")
    refused(mutual(), PKI.expired(), "TLS: its certificate expired on ", alert="EXPIRED")
    refused(mutual(), PKI.not_yet_valid(), "TLS: its certificate is not valid before ", alert="BAD_CERTIFICATE")
    refused(mutual(crl=crl), revoked, "TLS: its certificate is revoked (crl)", alert="REVOKED")
    refused(mutual(names=["*.plant.example"]), PKI.client_cn(), 'TLS: its certificate name "scale-9" is not in names')
    refused(mutual(), PKI.client_server(), "TLS: its certificate is not for clients")
    refused(mutual(), PKI.client_long(), "TLS: its certificate has a name that is longer than 128 bytes")
    refused(mutual(), PKI.client_nul(), "TLS: its certificate has a name that is longer than 128 bytes, or no text")
    refused(mutual(), PKI.large(), "TLS: sent certificates of more than 32 KiB")


def test_names_and_fingerprints():
    known = PKI.client_other()
    with h.Sockd([mutual(names=["*.PLANT.example", "urn:plant:scale-8"])]) as s:
        for who in (CLIENT, PKI.client_uri()):
            with TlsClient(s.address("tls"), PKI.ca, who) as c:
                c.send(b"x\n").receipts(1)
        s.stop()
    fingerprint = "sha256:" + known.fingerprint
    for keys in ({"fingerprints": [fingerprint]}, {"ca": PKI.ca, "names": ["nobody"], "fingerprints": [fingerprint]}):
        with h.Sockd([secure(clients="require", **keys)]) as s:
            with TlsClient(s.address("tls"), PKI.ca, known) as c:
                c.send(b"x\n").receipts(1)
            s.stop()
    refused(secure(clients="require", fingerprints=["sha256:" + CLIENT.fingerprint]), known,
            "TLS: its certificate is not in fingerprints, sha256:")
    refused(mutual(fingerprints=["sha256:" + CLIENT.fingerprint]), PKI.client_chain(),
            "TLS: its certificate is not in fingerprints, sha256:")


def test_versions_and_trust():
    refused(secure(), None, "TLS: offers TLS 1.1, min_version is 1.2", "version", "PROTOCOL_VERSION",
            context=old_context())
    refused(secure(min_version="1.3"), None, "TLS: offers TLS 1.2, min_version is 1.3", "version",
            maximum=ssl.TLSVersion.TLSv1_2)
    refused(secure(), None, "TLS: does not trust our certificate (alert unknown ca)", "refused", ca=PKI.other_ca)


def old_context():
    c = certificates.context()
    c.set_ciphers("DEFAULT@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it is old, indeed
        c.minimum_version = ssl.TLSVersion.TLSv1
        c.maximum_version = ssl.TLSVersion.TLSv1_1
    return c


def test_expensive_groups():
    """A client would pay nothing for what costs the server seven milliseconds."""
    with h.Sockd([secure()]) as s:
        host, port = s.address("tls")
        done = subprocess.run([h.tool("openssl"), "s_client", "-groups", "ffdhe8192", "-connect", f"{host}:{port}"],
                              stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=h.DEADLINE)
        assert b"handshake failure" in done.stderr, done.stderr
        s.wait_line("TLS: has no cipher in common with us")
        s.stop()


def test_no_tls():
    with bus.Bus() as b, h.Sockd([secure()], env=b.env) as s:
        b.wait_owned()
        with h.Client(s.address("tls")) as c:
            c.send(b"<13>Nov 28 x\n").finish()
            assert c.rest() == b""
        s.wait_line(re.escape('TLS: sent no TLS (its first bytes are "<13>Nov ")'))
        # What only tries whether somebody is there is no failure.
        for end in (h.Client.close, reset):
            end(h.Client(s.address("tls")))
        with h.Client(s.address("tls")) as c:
            c.send(b"\x16\x03\x01").close()
        h.wait_for(lambda: row(b)["failed"] == 2, "both to be counted")
        assert row(b)["not_tls"] == 1
        s.stop()
        assert h.records(s.log) == []


def reset(c):
    c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    c.close()


def test_looks_like_tls():
    with h.Sockd([h.tcp()]) as s:
        with TlsClient(s.address("tcp"), shake=False) as c:
            c.raw(c.hello())
            s.wait_line("what 127.0.0.1:")
            s.wait_line("sends looks like TLS, the listener has no tls")
        s.stop()


def test_too_slow():
    """A handshake that does not end: ten seconds, however many bytes come."""
    with bus.Bus() as b, h.Sockd([secure()], env=b.env) as s:
        b.wait_owned()
        slow = TlsClient(s.address("tls"), shake=False)
        silent = h.Client(s.address("tls"))
        hello = slow.hello()
        slow.raw(hello[:20])
        s.wait_line("TLS: has not shaken hands in time")
        assert silent.rest() == b""
        h.wait_for(lambda: row(b)["timed_out"] == 2 == row(b)["failed"], "both to be counted")
        s.stop()


def test_large():
    """What is held for a client is what limits.memory counts: a ClientHello of 128 KiB is not, and of many certificates
    that it may send, parsed ones take ten times as much, only its own is."""
    with h.Sockd([secure()]) as s:
        with TlsClient(s.address("tls"), shake=False) as c:
            c.raw(b"\x16\x03\x01\x00\x04\x01" + (128 * 1024).to_bytes(3, "big"))
            with contextlib.suppress(ConnectionError):
                c.raw(2 * (b"\x16\x03\x01\x40\x00" + bytes(16384)))
            s.wait_line("TLS: sent more than 16 KiB in its handshake")
        s.stop()
    with open(CLIENT.certificate, encoding="ascii") as f:
        pem = f.read()
    many = PKI.path("many.pem")
    with open(many, "w", encoding="ascii") as f:
        f.write(40 * pem[pem.index("-----BEGIN"):])
    with h.Sockd([mutual()]) as s:
        clients, before = [], s.memory_peak()
        for _ in range(100):
            clients.append(TlsClient(s.address("tls"), PKI.ca, CLIENT._replace(certificate=many)))
            clients[-1].send(b"x\n").receipts(1)
        grown = (s.memory_peak() - before) // len(clients)
        assert grown < 96 * 1024 or h.SANITIZED, grown
        for c in clients:
            c.close()
        s.stop()


def test_stop():
    """What is queued of a handshake when sockd stops is all that it waits for, although its client has more to send."""
    with h.Sockd([secure()], top="workers = 1;") as s:
        waiting = TlsClient(s.address("tls"), PKI.ca, shake=False)
        h.wait_for(lambda: s.backlog("tls") == 0, "the connection to be accepted")
        h.freeze(s.pid)
        waiting.raw(waiting.hello())
        s.signal(signal.SIGTERM)
        s.signal(signal.SIGCONT)
        with contextlib.suppress(OSError, ssl.SSLError):
            waiting.shake()
        assert s.wait_exit() == 0
        assert "giving up" not in s.stderr
        super(TlsClient, waiting).close()


def test_renegotiation():
    """Is refused; openssl(1) asks for it with a line that begins with R."""
    with h.Sockd([secure()]) as s:
        host, port = s.address("tls")
        done = subprocess.run([h.tool("openssl"), "s_client", "-tls1_2", "-connect", f"{host}:{port}"], input=b"R\n",
                              capture_output=True, check=False, timeout=h.DEADLINE)
        assert b"RENEGOTIATING" in done.stdout + done.stderr and b"no renegotiation" in done.stdout + done.stderr, done
        with TlsClient(s.address("tls"), PKI.ca) as c:
            c.send(b"x\n").receipts(1)
        s.stop()
        assert [r.text for r in h.records(s.log)] == [b"x"]


def test_questions():
    """A KeyUpdate that wants an answer, of openssl(1) with a line that begins with K."""
    with h.Sockd([secure()]) as s:
        host, port = s.address("tls")
        with subprocess.Popen([h.tool("openssl"), "s_client", "-tls1_3", "-connect", f"{host}:{port}"], bufsize=0,
                              stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as p:
            for line in 3 * [b"K\n"]:
                p.stdin.write(line)
                h.wait_for(lambda: b"KEYUPDATE" in p.stderr.readline(), "the question")
            p.stdin.write(b"last\n")
            s.wait_records(1)
            p.stdin.write(b"Q\n")
            assert p.wait(h.DEADLINE) == 0
        s.stop()
        assert [r.text for r in h.records(s.log)] == [b"last"]


if __name__ == "__main__":
    h.main()
