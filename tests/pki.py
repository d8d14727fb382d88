#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Certificates for tests, made with openssl(1) when a test runs, in a directory of the test: there is no key in the
tree. An Identity is a pair of files. By hand, one of every kind:

tests/pki.py DIR"""

import atexit
import datetime
import ipaddress
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
from typing import NamedTuple

TLS_DIRECTORY = "/etc/sockd/tls"
SERVER_NAMES = ("DNS:localhost", "IP:127.0.0.1", "IP:::1")
EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")
# What a test may not find out about names: bytes that would forge a record, one that would end a string in C.
ODD = 'DNS:scale "7" \\x00\n2026 [\x1b[1m]@é'
NUL = "DNS:scale-7.plant.example\0.attacker.example"
LONG = "URI:urn:scale:" + "7" * 200
# TLS takes up to 100 KiB of certificates by default.
LARGE = 62 * 1024

CONFIG = """
[req]
distinguished_name = req_names
string_mask = utf8only
[req_names]
[ca]
default_ca = own
[own]
database = {path}.index
serial = {path}.serial
new_certs_dir = {issued}
certificate = {path}.pem
private_key = {path}.key
default_md = sha256
default_crl_days = 30
unique_subject = no
policy = any
[any]
organizationName = optional
commonName = optional
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
"""
EXTENSIONS = """
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature,keyEncipherment
extendedKeyUsage = {use}
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


class Identity(NamedTuple):
    certificate: str  # a path: the certificate, then its intermediates
    key: str

    @property
    def fingerprint(self):
        """As sockd prints it; of the first certificate."""
        done = openssl("x509", "-in", self.certificate, "-noout", "-fingerprint", "-sha256")
        return done.strip().rpartition("=")[2].replace(":", "").lower()

    @property
    def serial(self):
        return openssl("x509", "-in", self.certificate, "-noout", "-serial").strip().rpartition("=")[2]


def openssl(*args):
    done = subprocess.run(["openssl", *args], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert done.returncode == 0, (args, done.stderr.decode("utf-8", "replace"))
    return done.stdout.decode("utf-8", "backslashreplace")


def day(offset):
    """OFFSET days from now, as openssl ca takes it."""
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=offset)
    return when.strftime("%Y%m%d%H%M%SZ")


def der(tag, content):
    size = len(content)
    count = b"" if size < 0x80 else size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(count) if count else size]) + count + content


def general_name(name):
    """Of "DNS:x", "URI:x" or "IP:x". Not by openssl: it takes no odd bytes."""
    kind, _, value = name.partition(":")
    if kind == "IP":
        return der(0x87, ipaddress.ip_address(value).packed)
    return der({"DNS": 0x82, "URI": 0x86}[kind], value.encode())


def subject(cn):
    """For -subj, where these characters mean something."""
    return "/O=Plant" + ("/CN=" + "".join("\\" + c if c in "\\/+=" else c for c in cn) if cn else "")


class Authority:
    """Signs certificates; itself signed by a parent, or by itself."""

    def __init__(self, directory, name, cn, parent=None):
        self.path = os.path.join(directory, name)
        self.config = self.path + ".cnf"
        with open(self.config, "w", encoding="ascii") as f:
            f.write(CONFIG.format(path=self.path, issued=os.path.join(directory, "issued")))
        with open(self.path + ".index", "w", encoding="ascii"):
            pass
        self.certificate, self.key = self.path + ".pem", self.path + ".key"
        # What a leaf of it needs behind itself.
        self.chain = [self.certificate, *parent.chain] if parent else []
        request = ["req", "-new", "-config", self.config, *EC, "-nodes", "-keyout", self.key, "-subj", subject(cn)]
        if parent:
            openssl(*request, "-out", self.path + ".csr")
            parent.sign(self.path + ".csr", self.certificate, self.config, "authority")
        else:
            openssl(*request, "-x509", "-extensions", "authority", "-days", "3650", "-out", self.certificate)

    def sign(self, request, certificate, extensions, section, start=-1, end=365):
        openssl("ca", "-config", self.config, "-batch", "-notext", "-rand_serial", "-utf8", "-in", request,
                "-out", certificate, "-extfile", extensions, "-extensions", section,
                "-startdate", day(start), "-enddate", day(end))

    def revocations(self):
        """Writes what it has revoked; returns the path."""
        openssl("ca", "-config", self.config, "-gencrl", "-out", self.path + ".crl")
        return self.path + ".crl"


class Pki:
    """Of one directory, which need not exist. ca: what clients and servers trust; intermediate: below it; other_ca: a
    stranger. Each function makes files of its own: the name is theirs."""

    def __init__(self, directory):
        self.dir = directory
        os.makedirs(os.path.join(directory, "issued"), exist_ok=True)
        self.authority = Authority(directory, "ca", "Plant CA")
        self.ca = self.authority.certificate
        self._intermediate = self._other = None

    def path(self, name):
        return os.path.join(self.dir, name)

    @property
    def intermediate(self):
        if not self._intermediate:
            self._intermediate = Authority(self.dir, "intermediate", "Plant CA 2", self.authority)
        return self._intermediate

    @property
    def other(self):
        if not self._other:
            self._other = Authority(self.dir, "other-ca", "Other CA")
        return self._other

    @property
    def other_ca(self):
        return self.other.certificate

    def issue(self, name, names=(), cn="", *, use="clientAuth", key=EC, authority=None, start=-1, end=365, padding=0):
        """The days of its validity count from now; with padding, it is that much larger."""
        authority = authority or self.authority
        path = self.path(name)
        made = Identity(path + ".pem", path + ".key")
        openssl("req", "-new", "-config", authority.config, *key, "-nodes", "-keyout", made.key, "-utf8",
                "-subj", subject(cn), "-out", path + ".csr")
        extensions = EXTENSIONS.format(use=use)
        if names:
            extensions += f"subjectAltName = DER:{der(0x30, b''.join(map(general_name, names))).hex()}\n"
        if padding:
            extensions += f"1.3.6.1.4.1.32473.1 = DER:{der(0x04, bytes(padding)).hex()}\n"
        with open(path + ".ext", "w", encoding="ascii") as f:
            f.write(extensions)
        authority.sign(path + ".csr", made.certificate, path + ".ext", "leaf", start, end)
        with open(made.certificate, "a", encoding="ascii") as f:
            for above in authority.chain:
                with open(above, encoding="ascii") as g:
                    f.write(g.read())
        for left in (".csr", ".ext"):
            os.unlink(path + left)
        return made

    # Servers.

    def server(self, name="server", names=SERVER_NAMES, cn="localhost", **keys):
        return self.issue(name, names, cn, use="serverAuth", **keys)

    def server_chain(self, name="server-chain"):
        """Signed by the intermediate, which stands behind it."""
        return self.server(name, authority=self.intermediate)

    def server_rsa(self, bits=2048):
        return self.server(f"server-rsa-{bits}", key=("-newkey", f"rsa:{bits}"))

    # Clients.

    def client(self, name="client", names=("DNS:scale-7.plant.example",), cn="not this one", **keys):
        """A CN beside other names is no name."""
        return self.issue(name, names, cn, **keys)

    def client_uri(self):
        return self.client("client-uri", ("DNS:scale-8.plant.example", "URI:urn:plant:scale-8"))

    def client_cn(self, cn="scale-9"):
        return self.client("client-cn", (), cn)

    def client_odd(self):
        return self.client("client-odd", (ODD,))

    def client_nul(self):
        return self.client("client-nul", (NUL,))

    def client_long(self):
        return self.client("client-long", (LONG,))

    def client_nameless(self):
        return self.client("client-nameless", (), "")

    def client_chain(self):
        return self.client("client-chain", authority=self.intermediate)

    def client_other(self):
        """A stranger with a name of ours."""
        return self.client("client-other", authority=self.other)

    def client_server(self):
        """May be used by servers only."""
        return self.client("client-server", use="serverAuth")

    def expired(self):
        return self.client("client-expired", start=-30, end=-1)

    def not_yet_valid(self):
        return self.client("client-not-yet-valid", start=2, end=30)

    def large(self, size=LARGE):
        return self.client("client-large", padding=size)

    # Files that are about others.

    def revoke(self, identity, authority=None):
        """Returns the list of all that the authority has revoked."""
        authority = authority or self.authority
        openssl("ca", "-config", authority.config, "-revoke", identity.certificate)
        return authority.revocations()

    def encrypted(self, identity, passphrase="secret"):
        """The same, its key with a passphrase."""
        path = identity.key.removesuffix(".key") + "-encrypted.key"
        openssl("pkey", "-in", identity.key, "-aes256", "-passout", f"pass:{passphrase}", "-out", path)
        return Identity(identity.certificate, path)

    def mismatched(self, identity, other):
        """The key of another one."""
        return Identity(identity.certificate, other.key)

    def reversed(self, identity):
        """The same certificates, the last one first."""
        with open(identity.certificate, encoding="ascii") as f:
            mark = "-----BEGIN CERTIFICATE-----"
            found = [mark + block for block in f.read().split(mark)[1:]]
        path = identity.certificate.removesuffix(".pem") + "-reversed.pem"
        with open(path, "w", encoding="ascii") as f:
            f.write("".join(reversed(found)))
        return Identity(path, identity.key)

    def leaf(self, identity):
        """Without what stands behind it."""
        path = identity.certificate.removesuffix(".pem") + "-leaf.pem"
        openssl("x509", "-in", identity.certificate, "-out", path)
        return Identity(path, identity.key)

    # Of documents.

    def named(self):
        """What the documents call their files in /etc/sockd/tls, and where such files are."""
        server, client = self.server(), self.client()
        return {"server.pem": server.certificate, "server.key": server.key, "client.pem": client.certificate,
                "client.key": client.key, "ca.pem": self.ca, "clients-ca.pem": self.ca,
                "clients.crl": self.authority.revocations()}

    def placed(self, text):
        """A config file of a document, with the files of this directory."""
        if TLS_DIRECTORY not in text:
            return text
        files = self.named()
        return re.sub(rf"{TLS_DIRECTORY}/([\w.-]+)", lambda match: files[match.group(1)], text)

    def replace(self, identity, by):
        """As who renews a certificate: the files have the old names, each is changed in one step."""
        for old, new in zip(identity, by, strict=True):
            shutil.copy(new, old + ".new")
            os.rename(old + ".new", old)


def temporary():
    """One in a directory that is gone when the program ends."""
    directory = tempfile.mkdtemp(prefix="sockd-pki-")
    atexit.register(shutil.rmtree, directory)
    return Pki(directory)


def context(ca=None, identity=None, *, minimum=None, maximum=None, check_name=True):
    """Of a client that trusts CA, or anybody, and shows IDENTITY. Versions: those of ssl.TLSVersion."""
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    c.check_hostname = bool(ca) and check_name
    if ca:
        c.load_verify_locations(ca)
    else:
        c.verify_mode = ssl.CERT_NONE
    if identity:
        c.load_cert_chain(*identity)
    if minimum:
        c.minimum_version = minimum
    if maximum:
        c.maximum_version = maximum
    return c


def every_kind(directory):
    pki = Pki(directory)
    server, client = pki.server(), pki.client()
    pki.leaf(pki.server_chain())
    for bits in (1024, 2048):
        pki.server_rsa(bits)
    pki.server("server-expired", start=-30, end=-1)
    pki.reversed(pki.client_chain())
    for make in (pki.client_uri, pki.client_cn, pki.client_odd, pki.client_nul, pki.client_long, pki.client_nameless,
                 pki.client_other, pki.client_server, pki.expired, pki.not_yet_valid, pki.large):
        make()
    pki.encrypted(server)
    assert client.fingerprint and client.serial
    return pki.revoke(pki.client("client-revoked"))


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(f"usage: {sys.argv[0]} DIR")
    every_kind(sys.argv[1])
