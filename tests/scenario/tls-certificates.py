#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Certificates and keys in files: what is wrong with one is said in words, at the place of the setting, and a reload
takes new ones without a word to those that are connected."""

import os
import subprocess
import threading

import harness as h
import pki as certificates
from tls_client import TlsClient

PKI = certificates.temporary()
DIR = PKI.dir
SERVER = PKI.server()


def secure(identity=SERVER, name="tls", port=0, **keys):
    return h.tcp(name=name, port=port, tls={"certificate": identity.certificate, "key": identity.key, **keys})


def made(name, text=b"", mode=0o600):
    path = os.path.join(DIR, name)
    with open(path, "wb") as f:
        f.write(text)
    os.chmod(path, mode)
    return path


def check(listener, env=None):
    """What --check says of it."""
    path = made("check.conf", h.config_text([listener], [h.journal()]).encode())
    done = subprocess.run([h.SOCKD, "-c", path, "--check"], capture_output=True, text=True, check=False,
                          env={**os.environ, **(env or {})})
    return done.returncode, done.stderr.replace(path, "FILE")


def refused(listener, text, key):
    code, said = check(listener)
    assert code == 78 and said.startswith(f"FILE:1: listeners[0].tls.{key}: ") and text in said, said
    assert said.count("\n") == 1 and "error:" not in said and "routines" not in said, said


def test_what_is_wrong_with_files():
    other = PKI.server("other")
    refused(secure(certificates.Identity("/nonexistent/x.pem", SERVER.key)), "x.pem: No such file or directory",
            "certificate")
    refused(secure(certificates.Identity(made("empty.pem"), SERVER.key)), "has no certificate in PEM format",
            "certificate")
    refused(secure(certificates.Identity(SERVER.key, SERVER.key)), "has no certificate in PEM format", "certificate")
    refused(secure(certificates.Identity(DIR, SERVER.key)), "Is a directory", "certificate")
    no_key = made("no.key", b"-----BEGIN NOTHING-----")
    refused(secure(certificates.Identity(SERVER.certificate, no_key)), "has no private key in PEM format", "key")
    refused(secure(PKI.encrypted(SERVER)), "the key is encrypted; sockd cannot ask for a passphrase", "key")
    refused(secure(PKI.mismatched(SERVER, other)),
            "the key does not belong to the certificate CN=localhost,O=Plant", "key")
    refused(secure(PKI.mismatched(SERVER, PKI.server_rsa())), "the key does not belong to the certificate", "key")
    refused(secure(PKI.server_rsa(1024)), "the certificate is too weak for this system (RSA 1024)", "certificate")
    refused(secure(PKI.reversed(PKI.server_chain())), "are in the wrong order", "certificate")
    refused(secure(clients="require", ca=made("empty.pem")), "has no certificate in PEM format", "ca")
    refused(secure(clients="require", ca=PKI.ca, crl=PKI.ca), "has no revocation list in PEM format", "crl")
    with open(other.key, "rb") as f:
        text = f.read()
    refused(secure(certificates.Identity(other.certificate, made("open.key", text, 0o644))),
            "open.key is readable by everybody", "key")
    refused(secure(certificates.Identity(other.certificate, made("large.pem", bytes(1 << 21)))),
            "is larger than 1 MiB", "key")


def test_what_is_wrong_with_settings():
    refused(secure(clients="require"), 'clients = "require" needs ca or fingerprints', "clients")
    refused(secure(names=["x"]), 'only with clients = "request" or "require"', "names")
    refused(secure(clients="request", ca=PKI.ca, names=["a*b"]), '"*" stands only for a whole left-most label', "names")
    refused(secure(clients="request", fingerprints=["sha256:12"]), "must be \"sha256:\" and 64", "fingerprints")
    refused(secure(certificates.Identity("x.pem", SERVER.key)), "must be an absolute path", "certificate")
    refused(secure(certificates.Identity("credential:../x", SERVER.key)), "names no credential", "certificate")
    refused(secure(min_version="1.1"), 'must be "1.2" or "1.3", not "1.1"', "min_version")
    code, said = check(h.udp(tls={"certificate": "/x", "key": "/y"}))
    assert code == 78 and 'listeners[0].tls: only for protocol "tcp"' in said, said
    code, said = check(h.tcp(tls={"certificate": "/x"}))
    assert code == 78 and "listeners[0].tls.key: missing, required for tls" in said, said


def test_what_is_only_a_warning():
    code, said = check(secure(PKI.server("old", start=-30, end=-1)))
    assert code == 0 and "the certificate CN=localhost,O=Plant expired on " in said, said
    code, said = check(secure(PKI.server("young", start=2, end=30)))
    assert code == 0 and "is not valid before " in said, said
    code, said = check(secure(PKI.leaf(PKI.server_chain())))
    assert code == 0 and "-leaf.pem has no intermediate certificate: its issuer CN=Plant CA 2,O=Plant is" in said
    assert "intermediate" not in check(secure(PKI.server_chain()))[1]
    assert check(secure(clients="request", ca=PKI.ca)) == (0, "")


def test_credentials():
    credential = certificates.Identity("credential:tls.pem", "credential:tls.key")
    code, said = check(secure(credential))
    assert code == 0 and "warning: not checked, there is no $CREDENTIALS_DIRECTORY (LoadCredential= " in said, said
    directory = os.path.join(DIR, "credentials")
    os.mkdir(directory)
    for name, path in zip(("tls.pem", "tls.key"), SERVER):
        os.link(path, os.path.join(directory, name))
    code, said = check(secure(credential), {"CREDENTIALS_DIRECTORY": directory})
    assert code == 0 and "CREDENTIALS_DIRECTORY" not in said, said
    with h.Sockd([secure(credential)], env={"CREDENTIALS_DIRECTORY": directory}) as s:
        with TlsClient(s.address("tls"), PKI.ca) as c:
            c.send(b"x\n").receipts(1)
        s.stop()


def test_expiry_is_told():
    with h.Sockd([secure(PKI.server("soon", end=7))]) as s:
        s.wait_line("listener tls: the certificate CN=localhost,O=Plant expires on ")
        s.stop()


def serial(s):
    with TlsClient(s.address("tls"), PKI.ca) as c:
        return int(c.tls.getpeercert()["serialNumber"], 16)


def test_reload():
    """New files, the same settings: those who are connected go on, the next handshake shows the new one."""
    with h.Sockd([secure()]) as s, TlsClient(s.address("tls"), PKI.ca) as old:
        stop, ids = threading.Event(), []

        def send():
            while not stop.is_set():
                ids.extend(old.send(b"x\n").receipts(1))

        thread = threading.Thread(target=send)
        thread.start()
        now = SERVER
        for i in range(20):
            by = PKI.server(f"renewed-{i % 2}")
            PKI.replace(now, by)
            s.reload([secure(now)])
            assert serial(s) == int(by.serial, 16)
        stop.set()
        thread.join()
        assert old.finish().rest() == b"" and old.ended
        s.stop()
        assert [r.id for r in h.records(s.log)] == ids


def test_bad_reload():
    """A key that is half-written: the old one stays, and log files are reopened all the same."""
    mine = PKI.server("mine")
    with h.Sockd([secure(mine)]) as s:
        with open(mine.key, "rb") as f:
            key = f.read()
        made(os.path.basename(mine.key), key[:len(key) // 2])
        os.rename(s.log, s.log + ".1")
        said = s.refuse_reload([secure(mine)])
        assert "listeners[0].tls.key: " in said and "has no private key in PEM format" in said, said
        with TlsClient(s.address("tls"), PKI.ca) as c:
            c.send(b"x\n").receipts(1)
        assert [r.text for r in h.records(s.log)] == [b"x"]
        made(os.path.basename(mine.key), key)
        s.reload([secure(mine)])
        s.stop()


def test_plain_becomes_tls():
    """Whoever is connected in plain text is not served any more; the other way round, all stay."""
    with h.Sockd([h.tcp(name="tls")]) as s, h.Client(s.address("tls")) as plain:
        plain.send(b"plain\n").receipts(1)
        s.reload([secure()])
        assert plain.rest() == b""
        with TlsClient(s.address("tls"), PKI.ca) as c:
            c.send(b"secure\n").receipts(1)
            s.reload([h.tcp(name="tls")])
            c.send(b"still secure\n").receipts(1)
        with h.Client(s.address("tls")) as plain2:
            plain2.send(b"plain\n").receipts(1)
        s.stop()
        assert [r.text for r in h.records(s.log)] == [b"plain", b"secure", b"still secure", b"plain"]


if __name__ == "__main__":
    h.main()
