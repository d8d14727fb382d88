#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Senders that are not ours speak TLS to a listener that requires certificates of them: rsyslog with OpenSSL and with
GnuTLS, syslog-ng, the clients of OpenSSL and GnuTLS, ncat, socat, curl, stunnel, and haproxy, which also sends a PROXY
header in front of a handshake. Every message is recorded whole, with the name in the sender's certificate."""

import contextlib
import glob
import re
import shutil
import socket
import subprocess
import urllib.parse

import harness as h
import pki as certificates
import proxies
from tls_client import TlsClient

PKI = certificates.temporary()
SERVER, CLIENT = PKI.server(), PKI.client()
NAME = "scale-7.plant.example"
TLS = {"certificate": SERVER.certificate, "key": SERVER.key, "clients": "require", "ca": PKI.ca,
       "names": ["*.plant.example"]}
OUTPUTS = [h.file(), h.file(path="@DIR@/messages.json", format="json")]
# Some fit into one record of TLS, some do not.
LINES = [b"message %d " % n + b"x" * (n * n % 7000) for n in range(500)] + ["Grüße \\ \"".encode()]


def secure(**keys):
    return h.tcp(name="tls", tls=TLS, **keys)


def find(name):
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if not path:
        raise h.Skip(f"{name} is not installed")
    return path


@contextlib.contextmanager
def recording(n=len(LINES), **keys):
    """At the end of the block, all n messages come, are LINES or end in one, and are those of the client."""
    with h.Sockd([secure(**keys)], OUTPUTS) as s:
        yield s
        s.wait_records(n)
        s.stop()
        fingerprint = CLIENT.fingerprint
        for record, line in zip(h.records(s.log), LINES):
            assert bytes(record).endswith(line), (record, line)
            assert re.fullmatch(rf"{NAME}@127\.0\.0\.\d+:\d+".encode(), record.peer), record
        for record in h.json_records(s.path("messages.json")):
            assert (record["peer_name"], record["peer_fingerprint"]) == (NAME, fingerprint), record
            assert record["tls"] in ("TLSv1.2", "TLSv1.3") and "cut_off" not in record, record
        assert s.counters()["tls"] == h.Counters(n, n, 0, 0, 0, 0, 0, 0), s.counters()
        assert "TLS: " not in s.stderr, s.stderr


def write_lines(s):
    with open(s.path("lines"), "wb") as f:
        f.write(b"\n".join(LINES) + b"\n")
    return s.path("lines")


# --- programs that copy what they read ---


def copy(command, **keys):
    """With {port} and the files of the client in the command."""
    program = find(command.split()[0])
    with recording(**keys) as s:
        words = command.format(port=s.port("tls"), ca=PKI.ca, cert=CLIENT.certificate, key=CLIENT.key).split()
        with open(write_lines(s), "rb") as lines:
            done = subprocess.run([program, *words[1:]], stdin=lines, capture_output=True, check=False,
                                  timeout=h.DEADLINE)
        assert done.returncode == 0, done


def test_openssl():
    for version in ("-tls1_2", "-tls1_3"):
        copy(f"openssl s_client {version} -quiet -no_ign_eof -connect 127.0.0.1:{{port}} -CAfile {{ca}} -cert {{cert}} "
             "-key {key} -verify_return_error -verify_ip 127.0.0.1", reply="")


def test_gnutls():
    copy("gnutls-cli --logfile=/dev/null --x509cafile={ca} --x509certfile={cert} --x509keyfile={key} --port={port} "
         "127.0.0.1", reply="")


def test_ncat():
    """It ends without close_notify, behind a whole message."""
    copy("ncat --send-only --ssl-verify --ssl-trustfile {ca} --ssl-cert {cert} --ssl-key {key} "
         "--ssl-servername localhost 127.0.0.1 {port}", reply="")


def test_socat():
    """It goes on reading when it has sent everything."""
    for options in ("", ",openssl-max-proto-version=TLS1.2"):
        copy(f"socat -t {h.DEADLINE:.0f} STDIO OPENSSL:127.0.0.1:{{port}},cafile={{ca}},cert={{cert}},key={{key}}"
             f",commonname=localhost{options}")


def test_curl():
    """It has no protocol for this, but gopher over TLS sends a line, and prints what is answered."""
    program = find("curl")
    with recording(1) as s:
        where = f"gophers://127.0.0.1:{s.port('tls')}/_{urllib.parse.quote(LINES[0])}"
        own = ["--cert", CLIENT.certificate, "--key", CLIENT.key]
        command = [program, "-sS", "--no-buffer", "--cacert", PKI.ca, *own, where]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as p:
            try:
                h.receipt_id(p.stdout.readline())
            finally:
                p.terminate()


# --- syslog ---

RSYSLOG = """
global(workDirectory="{d}" maxMessageSize="64k" defaultNetstreamDriverCAFile="{ca}"
       defaultNetstreamDriverCertFile="{cert}" defaultNetstreamDriverKeyFile="{key}")
module(load="imfile" mode="inotify")
input(type="imfile" file="{lines}" tag="demo" ruleset="out")
ruleset(name="out") {{
    action(type="omfwd" target="127.0.0.1" port="{port}" protocol="tcp" TCP_Framing="octet-counted"
           template="RSYSLOG_SyslogProtocol23Format"
           streamDriver="{driver}" streamDriverMode="1" streamDriverAuthMode="x509/name"
           streamDriverPermittedPeers="localhost")
}}
"""


def rsyslog(driver):
    program = find("rsyslogd")
    if not glob.glob(f"/usr/lib/*/rsyslog/lmnsd_{driver}.so"):
        raise h.Skip(f"the driver {driver} of rsyslog is not installed")
    with recording(framing="syslog", reply="", syslog=True) as s:
        text = RSYSLOG.format(d=s.dir, ca=PKI.ca, cert=CLIENT.certificate, key=CLIENT.key, lines=write_lines(s),
                              port=s.port("tls"), driver=driver)
        config = proxies.write(s.path("rsyslog.conf"), text)
        with proxies.running("rsyslogd", program, "-n", "-f", config, "-i", s.path("rsyslog.pid")) as p:
            s.wait_records(len(LINES))
            p.terminate()
            p.wait(h.DEADLINE)


def test_rsyslog_ossl():
    rsyslog("ossl")


def test_rsyslog_gtls():
    rsyslog("gtls")


SYSLOG_NG = """@version: {version}
source lines {{ file("{lines}" flags(no-parse)); }};
destination sockd {{
    syslog("127.0.0.1" port({port}) transport("tls")
           tls(ca-file("{ca}") cert-file("{cert}") key-file("{key}") peer-verify(required-trusted)));
}};
log {{ source(lines); destination(sockd); }};
"""


def test_syslog_ng():
    """It counts octets, and ends without close_notify, behind a whole message."""
    program = find("syslog-ng")
    version = re.search(r"Config version: (\S+)|Installer-Version: (\d+\.\d+)",
                        subprocess.run([program, "--version"], capture_output=True, check=True, text=True).stdout)
    with recording(framing="octet-counted", reply="") as s:
        text = SYSLOG_NG.format(version=version.group(1) or version.group(2), ca=PKI.ca, cert=CLIENT.certificate,
                                key=CLIENT.key, lines=write_lines(s), port=s.port("tls"))
        config = proxies.write(s.path("syslog-ng.conf"), text)
        own = (f"--{what}={s.path('ng.' + what)}" for what in ("persist-file", "pidfile", "control"))
        with proxies.running("syslog-ng", program, "-F", "-f", config, "--no-caps", *own) as p:
            s.wait_records(len(LINES))
            p.terminate()
            p.wait(h.DEADLINE)


# --- proxies ---

STUNNEL = """
foreground = yes
pid =
syslog = no
[sockd]
client = yes
accept = 127.0.0.1:{port}
connect = 127.0.0.1:{to}
cert = {cert}
key = {key}
CAfile = {ca}
verifyChain = yes
checkIP = 127.0.0.1
"""


def through(port):
    """A client without TLS of something that adds it; receipts come back."""
    with proxies.connect(port) as c:
        for line in LINES:
            c.send(line + b"\n").receipts(1)
        c.finish().rest()


def test_stunnel():
    program, port = find("stunnel"), proxies.free_port()
    with recording() as s:
        text = STUNNEL.format(port=port, to=s.port("tls"), ca=PKI.ca, cert=CLIENT.certificate, key=CLIENT.key)
        with proxies.running("stunnel", program, proxies.write(s.path("stunnel.conf"), text)):
            through(port)


@contextlib.contextmanager
def haproxy(s, port, server):
    text = proxies.HAPROXY.format(port=port, bind="", to=s.port("tls"), server=server)
    with proxies.running("haproxy", find("haproxy"), "-db", "-f", proxies.write(s.path("haproxy.cfg"), text)):
        yield


def pem(s):
    """As haproxy wants it: the certificate and the key in one file."""
    text = ""
    for name in CLIENT:
        with open(name, encoding="ascii") as f:
            text += f.read()
    return proxies.write(s.path("client.pem"), text)


def test_haproxy():
    """It speaks TLS itself; the PROXY header is before that, and the client is its client."""
    find("haproxy")
    for more in ("", " send-proxy-v2"):
        port = proxies.free_port()
        with recording(proxies=["127.0.0.1"] if more else []) as s:
            server = f"ssl crt {pem(s)} ca-file {PKI.ca} verify required verifyhost localhost{more}"
            with haproxy(s, port, server):
                through(port)
            for record in h.json_records(s.path("messages.json")) if more else []:
                assert record["peer_address"] == proxies.CLIENT and record["via_address"] == "127.0.0.1", record


def test_haproxy_passes_through():
    """The TLS is its client's, behind a header of each kind. The handshake may arrive with the header, or later."""
    find("haproxy")
    for header in ("send-proxy", "send-proxy-v2", "send-proxy-v2 proxy-v2-options crc32c,unique-id"):
        port = proxies.free_port()
        with recording(proxies=["127.0.0.1"]) as s, haproxy(s, port, header):
            proxies.connect(port).close()
            with TlsClient(("127.0.0.1", port), PKI.ca, CLIENT, source=(proxies.CLIENT, 0)) as c:
                for line in LINES:
                    c.send(line + b"\n")
                c.receipts(len(LINES))
                address = c.socket.getsockname()
            record = h.json_records(s.path("messages.json"))[-1]
            assert (record["peer_address"], record["peer_port"]) == address, record
            assert record["local_port"] == port and record["via_address"] == "127.0.0.1", record


# --- who is not let in ---


def test_refused():
    """A program that shows no certificate, or one of a stranger, or has another name, cannot send."""
    strangers = [PKI.client_other(), PKI.client_cn("scale-7")]
    with h.Sockd([secure(reply="")], OUTPUTS) as s:
        address = ["-connect", f"127.0.0.1:{s.port('tls')}", "-CAfile", PKI.ca]
        for who in (None, *strangers):
            own = ["-cert", who.certificate, "-key", who.key] if who else []
            done = subprocess.run([find("openssl"), "s_client", "-ign_eof", *address, *own], input=b"not recorded\n",
                                  capture_output=True, check=False, timeout=h.DEADLINE)
            assert b"alert" in done.stderr, done
        s.wait_line(r"listener tls: 127\.0\.0\.1:\d+: TLS: sent no certificate")
        with socket.create_connection(s.address("tls")) as c:
            c.settimeout(h.DEADLINE)
            c.sendall(b"<13>Nov 28 12:00:00 host app: not TLS\n")
            with contextlib.suppress(ConnectionResetError):
                while c.recv(4096):
                    pass
        with TlsClient(s.address("tls"), PKI.ca, CLIENT) as c:
            c.send(b"recorded\n")
        s.wait_records(1)
        s.stop()
        assert [bytes(r) for r in s.records()] == [b"recorded"]


if __name__ == "__main__":
    h.main()
