#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A user sends over TLS, to sockd and to other servers, which are of Python: they show a certificate that is good or
bad, refuse that of the client, speak no TLS at all, or leave in the midst of it."""

import atexit
import contextlib
import fcntl
import functools
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import termios
import warnings

import harness as h
import pki
import servers

VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
FOREVER = "3600"  # a test would not survive it
# What becomes of a message of 100 bytes.
FRAMINGS = {
    ("line",): b"%b\n",
    ("nul",): b"%b\0",
    ("octet-counted",): b"100 %b",
    ("syslog",): b"%b\n",
    ("delimiter", "--delimiter=|"): b"%b|",
    ("length", "--length-size=2"): b"\0\x64%b",
}


@functools.cache
def authority():
    """One for all tests, and none where sockctl knows no TLS."""
    r = servers.sockctl("send", "-H", "127.0.0.1", "-p", "1", "--tls", "x")
    if "--without-tls" in r.err:
        assert r.code == 2, r
        raise h.Skip("built without TLS")
    directory = tempfile.mkdtemp(prefix="sockctl-test-")
    atexit.register(shutil.rmtree, directory)
    return pki.Pki(directory)


@functools.cache
def identity():
    return authority().server()


@functools.cache
def client():
    return authority().client()


def context(shown=None, *, version=None, clients=None):
    """Of a server that speaks only VERSION; clients: whose certificates it demands."""
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    c.load_cert_chain(*(shown or identity()))
    if version:
        c.minimum_version = c.maximum_version = version
    if clients:
        c.load_verify_locations(clients)
        c.verify_mode = ssl.CERT_REQUIRED
    return c


def over(serve, of=None, **keys):
    """For servers.Server: serve(connection) over TLS, and then close_notify."""
    of = of or context(**keys)

    def wrapped(connection):
        with of.wrap_socket(connection, server_side=True, suppress_ragged_eofs=False) as tls:
            result = serve(tls)
            with contextlib.suppress(OSError, ValueError):  # it need not be answered, and SERVE may have left
                tls.unwrap()
            return result
    return wrapped


def refuses(of):
    """A server that does not get as far as serving."""
    def serve(connection):
        try:
            of.wrap_socket(connection, server_side=True).close()
        except (ssl.SSLError, ConnectionError) as e:
            return e
        return None
    return serve


def cut(connection):
    """Ends the connection as whoever is in between can: without close_notify."""
    raw = socket.socket(fileno=connection.detach())
    raw.shutdown(socket.SHUT_RDWR)
    raw.close()


def send(server, *args, trust=None, **keys):
    """With what the user trusts: that authority by default."""
    return servers.send(server, "--tls", *(trust or (f"--ca={authority().ca}",)), *args, **keys)


def assert_refused(r, why):
    assert r.code == 4 and r.out == b"", r
    assert re.fullmatch(rf"sockctl: cannot connect to \S+: TLS: [^\n]*{why}[^\n]*\n", r.err), (r.err, why)


# --- good servers ---


def test_every_version():
    for version in VERSIONS:
        def serve(connection):
            return connection.version(), servers.answer_lines(connection)
        with servers.Server(over(serve, version=version)) as s:
            assert send(s, "-w", FOREVER, "hello") == (0, b"ok\n", "")
            assert s.one() == (version.name.replace("_", "."), b"hello\n")


def test_ends_with_close_notify():
    """Which is half a close: the server answers after it."""
    def serve(connection):
        data = servers.read_all(connection)  # raises if there is none
        connection.sendall(b"ok\n" * data.count(b"\n"))
        return data
    for version in VERSIONS:
        with servers.Server(over(serve, version=version)) as s:
            assert send(s, stdin=b"a\nb\nc\n") == (0, b"ok\n" * 3, "")
            assert s.one() == b"a\nb\nc\n"


def test_reply_without_newline():
    with servers.Server(over(servers.classic)) as s:
        assert send(s, "-w", FOREVER, "hello") == (0, b"Message received\n", "")


def test_no_reply():
    with servers.Server(over(servers.read_all)) as s:
        assert send(s, "-n", "-w", FOREVER, stdin=b"a\nb\n") == (0, b"", "")
        assert s.one() == b"a\nb\n"


def test_own_certificate():
    shown = (f"--cert={client().certificate}", f"--key={client().key}")
    for version in VERSIONS:
        def serve(connection):
            return connection.getpeercert()["subjectAltName"], servers.answer_lines(connection)
        with servers.Server(over(serve, version=version, clients=authority().ca)) as s:
            assert send(s, *shown, "hello") == (0, b"ok\n", "")
            assert s.one() == ((("DNS", "scale-7.plant.example"),), b"hello\n")


def test_names():
    of = context(authority().server("named", ("DNS:logs.plant.example", "IP:127.0.0.1"), "logs"))
    seen = []
    of.sni_callback = lambda _, name, __: seen.append(name)
    with servers.Server(over(servers.answer_lines, of)) as s:
        assert send(s, "hello").code == 0, "an address"
        assert send(s, "--tls-name=logs.plant.example", "hello").code == 0
        assert send(s, "--tls-name=127.0.0.1", "hello").code == 0
        h.wait_for(lambda: len(s.results) == 3, "the server")
    assert seen == [None, "logs.plant.example", None], "an address is no name to ask for"


def test_fingerprint():
    """Takes the place of the authority and of the name."""
    other = authority().server("stranger", ("DNS:stranger.example",), "stranger", authority=authority().other)
    digits = other.fingerprint
    pairs = ":".join(digits[i:i + 2] for i in range(0, 64, 2)).upper()
    with servers.Server(over(servers.answer_lines, context(other))) as s:
        for right in (digits, pairs):
            assert send(s, "hello", trust=(f"--fingerprint=sha256:{right}",)) == (0, b"ok\n", ""), right
    with servers.Server(refuses(context(other))) as s:
        r = send(s, "hello", trust=(f"--fingerprint=sha256:{digits[:-1]}{'0' if digits[-1] == 'f' else 'f'}",))
        assert_refused(r, f"another fingerprint, sha256:{digits}")


def test_authorities_of_the_system():
    """OpenSSL has a variable for a file of them."""
    env = {"SSL_CERT_FILE": authority().ca}
    with servers.Server(over(servers.answer_lines)) as s:
        assert servers.send(s, "--tls", "hello", env=env) == (0, b"ok\n", "")
    with servers.Server(refuses(context())) as s:
        r = servers.send(s, "--tls", "hello", env={"SSL_CERT_FILE": authority().other_ca})
        assert_refused(r, "its certificate is not signed by")


def test_listener_of_the_config_file():
    """Its tls is taken, with or without -l; whom to trust is still to be said."""
    tls = {"certificate": identity().certificate, "key": identity().key}
    with servers.Server(over(servers.answer_lines)) as s, \
            servers.config(h.config_text([h.tcp(name="plain", port=1, reply="ok\n"),
                                          h.tcp(name="secret", port=s.port, reply="ok\n", tls=tls)])) as path:
        trust = f"--ca={authority().ca}"
        assert servers.sockctl("-c", path, "send", "-l", "secret", trust, "hello") == (0, b"ok\n", "")
        assert servers.sockctl("-c", path, "send", "--tls", trust, "hello") == (0, b"ok\n", "")
        for options, error in ((("-l", "plain", "--tls"), 'listener "plain" has no tls'),
                               (("-l", "plain", trust), "--ca applies only to --tls")):
            r = servers.sockctl("-c", path, "send", *options, "hello")
            assert r.code == 2 and error in r.err, r


# --- sockd ---


def listener(name="tls", clients=None, **keys):
    group = {"certificate": identity().certificate, "key": identity().key}
    if clients:
        group.update(clients="require", ca=clients)
    return h.tcp(name=name, tls=group, **keys)


def to_sockd(s, name, *args, **keys):
    return servers.sockctl("-c", s.config, "send", "-l", name, "-p", str(s.port(name)), f"--ca={authority().ca}",
                           "-w", FOREVER, *args, **keys)


@contextlib.contextmanager
def only(version):
    """The environment in which OpenSSL speaks no other version."""
    text = ("openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\nsystem_default = only\n"
            f"[only]\nMinProtocol = {version}\nMaxProtocol = {version}\n")
    with tempfile.NamedTemporaryFile("w", prefix="sockctl-test-", encoding="ascii") as f:
        f.write(text)
        f.flush()
        yield {"OPENSSL_CONF": f.name}


def test_sockd():
    """Knows who it was, or refuses the client: in both versions with the same words."""
    stranger = authority().client_other()
    with h.Sockd([listener(clients=authority().ca)], [h.file(format="json")]) as s:
        refused = set()
        for version in ("TLSv1.2", "TLSv1.3"):
            with only(version) as env:
                r = to_sockd(s, "tls", f"--cert={client().certificate}", f"--key={client().key}", version, env=env)
                assert r.code == 0 and h.RECEIPT.fullmatch(r.out) and r.err == "", r
                r = to_sockd(s, "tls", f"--cert={stranger.certificate}", f"--key={stranger.key}", "x", env=env)
                assert_refused(r, "does not trust our certificate")
                refused.add(r.err)
                assert_refused(to_sockd(s, "tls", "x", env=env),
                               "alert (handshake failure|certificate required)")
        assert len(refused) == 1, refused
        s.stop()
        with open(s.log, encoding="utf-8") as f:
            records = [json.loads(line) for line in f]
    assert [(r["message"], r["tls"], r["peer_name"]) for r in records] == [
        (version, version, "scale-7.plant.example") for version in ("TLSv1.2", "TLSv1.3")]


def test_sockd_with_every_framing():
    names = [options[0] for options in FRAMINGS]
    listeners = [listener(name, framing=name, delimiter="|" if name == "delimiter" else None,
                          length_size=2 if name == "length" else None) for name in names]
    lines = b"".join(b"<13>message %d\n" % i for i in range(5000))
    with h.Sockd(listeners) as s:
        for name in names:
            r = to_sockd(s, name, stdin=lines)
            assert r.code == 0 and r.err == "" and len(h.RECEIPT.findall(r.out)) == 5000, (name, r.err)
        s.stop()
        for name in names:
            texts = [bytes(r) for r in h.records(s.log) if r.listener == name.encode()]
            assert texts == lines.splitlines(), name


# --- openssl(1) ---


def write_line(pipe, line):
    """Returns when it has been read: s_server takes a command only from the beginning of what it reads."""
    pipe.write(line + b"\n")
    h.wait_for(lambda: fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)) == bytes(4), "the line to be read")


def test_keys_are_updated():
    """In the midst of a connection, as TLS 1.3 allows; the server wants that of the client, too."""
    command = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-naccept", "1", "-cert", identity().certificate,
               "-key", identity().key, "-tls1_3", "-msg"]
    with contextlib.ExitStack() as stack:
        shown, receipts = (stack.enter_context(tempfile.NamedTemporaryFile(prefix="sockctl-test-")) for _ in "ab")
        server = stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=shown, bufsize=0,
                                                      stderr=subprocess.STDOUT))
        stack.callback(server.kill)
        port = h.wait_for(lambda: re.search(rb"ACCEPT .*:(\d+)\n", b"\n".join(h.lines_of(shown.name)) + b"\n"),
                          "the server")[1].decode()
        user = stack.enter_context(servers.start("send", "-H", "127.0.0.1", "-p", port, "--tls",
                                                 f"--ca={authority().ca}", "-w", FOREVER, stdin=subprocess.PIPE,
                                                 stdout=receipts, bufsize=0))
        stack.callback(user.kill)
        for message, *commands in ((b"one",), (b"two", b"K"), (b"three",)):
            write_line(user.stdin, message)
            h.wait_for(lambda m=message: m in h.lines_of(shown.name), f"{message} at the server")
            for line in (*commands, b"ok " + message):
                write_line(server.stdin, line)
            h.wait_for(lambda m=message: b"ok " + m in h.lines_of(receipts.name), f"the receipt of {message}")
        updates = [line[:3] for line in h.lines_of(shown.name) if line.endswith(b"KeyUpdate")]
        assert updates == [b">>>", b"<<<"], updates
        user.stdin.close()
        assert user.wait(h.DEADLINE) == 0


# --- bad certificates ---


def test_untrusted_server():
    pairs = {
        "stranger": (authority().server("unknown", authority=authority().other), "not signed by ca .*Other CA"),
        "expired": (authority().server("expired", start=-30, end=-1), "expired on 20"),
        "early": (authority().server("early", start=2, end=30), "not valid before 20"),
        "named otherwise": (authority().server("otherwise", ("DNS:other.example",), "127.0.0.1"),
                            'not for "127.0.0.1"'),
    }
    for what, (shown, why) in pairs.items():
        for version in VERSIONS:
            with servers.Server(refuses(context(shown, version=version))) as s:
                r = send(s, "hello")
                assert_refused(r, why)
                assert isinstance(s.one(), ssl.SSLError) or version == VERSIONS[1], (what, s.results)


def test_refused_client():
    """In TLS 1.3 the client hears of it after the handshake: what it prints is the same."""
    stranger = authority().client_other()
    shown = (f"--cert={stranger.certificate}", f"--key={stranger.key}")
    for args, why in ((shown, "does not trust our certificate .*unknown"), ((), "alert")):
        seen = set()
        for version in VERSIONS:
            with servers.Server(refuses(context(version=version, clients=authority().ca))) as s:
                r = send(s, *args, "hello")
                assert_refused(r, why)
                seen.add(r.err.replace(str(s.port), "PORT"))
        assert len(seen) == 1 or not args, seen


def test_no_common_version():
    of = context()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python knows that it is old
        of.minimum_version = of.maximum_version = ssl.TLSVersion.TLSv1_1
    with servers.Server(refuses(of)) as s:
        assert_refused(send(s, "hello"), "")


# --- servers that speak no TLS, or end ---


def test_plain_server():
    def greet(connection):
        connection.sendall(b"220 mail.example.com ESMTP\r\n")
        return servers.read_all(connection)
    with servers.Server(greet) as s:
        assert_refused(send(s, "hello"), "sent no TLS")
        assert b"hello" not in s.one()


def test_silent_server():
    def serve(connection):
        s.hold(connection)
    with servers.Server(serve) as s:
        assert_refused(send(s, "-w", "0.2", "hello"), "no answer to the handshake")


def test_closes_in_the_handshake():
    def reset(connection):
        connection.recv(1)
        servers.reset(connection)
    for serve in (lambda c: c.recv(1), lambda c: c.recv(65536), lambda _: None, reset):
        with servers.Server(serve) as s:
            assert_refused(send(s, "hello"), "closed the connection during the handshake")


def send_and_cut(reply, trust):
    """sockctl finds reply and end both at once, as it stands still until then: no silence has ended the reply."""
    def serve(connection):
        connection.recv(4096)
        h.freeze(process.pid)
        connection.sendall(reply)
        cut(connection)
        os.kill(process.pid, signal.SIGCONT)
    with servers.Server(over(serve)) as s:
        with servers.start("send", "-H", s.host, "-p", str(s.port), "--tls", trust, "-w", FOREVER, "hello",
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            out, err = process.communicate(timeout=h.DEADLINE)
        return servers.Result(process.returncode, out, err.decode())


def test_cut_off():
    """Whoever is in between can end the connection, but no message gets a receipt by that."""
    trust = f"--ca={authority().ca}"
    for reply, code in ((b"o", 1), (b"ok", 1), (b"ok\n", 0)):
        r = send_and_cut(reply, trust)
        assert r.code == code and r.out == reply.rstrip() + b"\n", (reply, r)
        assert ("closed the connection before sending the receipt: TLS: cut off" in r.err) == (code == 1), r
    with servers.Server(over(cut)) as s:
        r = send(s, "-w", FOREVER, "hello")
        assert r.code == 1 and r.out == b"" and "before sending the receipt" in r.err, r


def test_closes_properly_without_a_receipt():
    with servers.Server(over(lambda c: c.recv(4096))) as s:
        r = send(s, "-w", FOREVER, "hello")
        assert r.code == 1 and r.err.endswith("closed the connection before sending the receipt\n"), r


def test_garbage_after_the_handshake():
    def serve(connection):
        connection.recv(4096)
        raw = socket.socket(fileno=connection.detach())
        raw.sendall(b"\x17\x03\x03\x00\x20" + bytes(32))
        raw.close()
    with servers.Server(over(serve)) as s:
        r = send(s, "-w", FOREVER, "hello")
        assert r.code == 1 and r.out == b"" and "before sending the receipt: " in r.err, r


# --- much ---


def test_every_framing():
    messages = [b"<13>%06d" % i + b"x" * 90 for i in range(20000)]
    with servers.Server(over(servers.read_all)) as s:
        for options, form in FRAMINGS.items():
            before = len(s.results)
            r = send(s, "-n", "--framing=" + options[0], *options[1:], stdin=b"\n".join(messages))
            assert r == (0, b"", ""), (options, r)
            h.wait_for(lambda n=before: len(s.results) > n or s.error, "the server")
            assert s.results[-1] == b"".join(form % m for m in messages), options
        assert send(s, "-n", "--framing=eof", stdin=b"a\nb\nc") == (0, b"", "")
        h.wait_for(lambda: len(s.results) == len(FRAMINGS) + 3 or s.error, "the server")
        assert s.results[-3:] == [b"a", b"b", b"c"]


def test_receipts_of_many():
    n = 100000
    with servers.Server(over(servers.answer_lines)) as s:
        r = send(s, "-w", FOREVER, stdin=b"message\n" * n)
        assert r == (0, b"ok\n" * n, ""), r.err
        assert s.one() == b"message\n" * n


def test_replies_come_at_once():
    """More than one read, and nothing after it that would wake anybody."""
    def serve(connection):
        data = servers.read_all(connection)
        connection.sendall(b"ok\n" * data.count(b"\n"))
        s.hold(connection)
    with servers.Server(over(serve)) as s:
        r = send(s, "-n", "hello")
        assert r == (0, b"", "")
    n = 60000
    with servers.Server(over(serve)) as s:
        assert send(s, "-w", FOREVER, stdin=b"m\n" * n) == (0, b"ok\n" * n, "")


def test_slow_reader():
    """Takes a little at a time: what was encrypted is sent once, and in order."""
    def serve(connection):
        data = b""
        while part := connection.recv(1000):
            data += part
        return data
    text = b"".join(b"%d\n" % i for i in range(200000))
    with servers.Server(over(serve), receive_buffer=4096) as s:
        assert send(s, "-n", "-w", FOREVER, stdin=text) == (0, b"", "")
        assert s.one() == text


def test_reads_nothing():
    with servers.Server(over(lambda c: s.hold(c)), receive_buffer=4096) as s:
        r = send(s, "-n", "-w", "0.2", stdin=b"x" * 20000000)
        assert r.code == 3 and "no progress" in r.err, r


# --- files and options ---


def test_bad_files():
    a = authority()
    encrypted = a.encrypted(client())
    s, port = servers.unused_port()
    with s:
        for options, error in (
                ((f"--ca={a.path('none')}",), f"--ca: {a.path('none')}: No such file or directory"),
                ((f"--ca={client().key}",), "has no certificate in PEM format"),
                ((f"--cert={client().certificate}", f"--key={client().certificate}"),
                 "has no private key in PEM format"),
                ((f"--cert={client().certificate}", f"--key={encrypted.key}"), "the key is encrypted"),
                ((f"--cert={client().certificate}", f"--key={identity().key}"), "the key does not belong to"),
                ((f"--cert={client().certificate}",), "--cert requires --key"),
                ((f"--key={client().key}",), "--key requires --cert"),
                ((f"--ca={a.ca}", f"--fingerprint=sha256:{'0' * 64}"), "cannot be combined"),
                (("--fingerprint=sha1:12",), 'must be "sha256:" and 64 hexadecimal digits'),
                (("--tls-name=",), "--tls-name: empty name"),
                (("-u",), "--tls cannot be used with protocol udp"),
                (("-U", "/nonexistent/socket"), "--tls cannot be used with protocol unix-stream")):
            place = () if "-U" in options else ("-H", "127.0.0.1", "-p", str(port))
            r = servers.sockctl("send", *place, "--tls", *options, "hello")
            assert r.code == 2 and error in r.err and r.err.count("\n") == 1, (options, r)
        r = servers.sockctl("send", "-H", "127.0.0.1", "-p", str(port), "--tls-name=x", "hello")
        assert r.code == 2 and "--tls-name applies only to --tls" in r.err, r
        r = servers.sockctl("send", "-H", "127.0.0.1", "-p", str(port), "--tls", "hello")
        assert r.code == 4 and "Connection refused" in r.err and "TLS" not in r.err, r


def test_plain_sending_loads_no_library():
    r = servers.sockctl("--version", env={"LD_TRACE_LOADED_OBJECTS": "1"})
    assert b"libc.so" in r.out and b"libssl" not in r.out and b"libcrypto" not in r.out, r.out


if __name__ == "__main__":
    h.main()
