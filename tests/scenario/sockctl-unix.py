#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A user sends messages to a Unix socket, by its path or by its name in the abstract namespace: as a stream,
as datagrams, which are never lost however slow the server is, or as the packets of a connection. What is wrong
is said in one line, with what to do about it."""

import contextlib
import os
import socket
import subprocess
import tempfile

import harness as h
import servers

DGRAM, SEQPACKET = ("--datagram",), ("--seqpacket",)
SEQPACKET_KIND = socket.SOCK_SEQPACKET
NOBODY = 65534


@contextlib.contextmanager
def place():
    """A path for a socket, where everybody can go."""
    with tempfile.TemporaryDirectory(prefix="sockctl-test-") as d:
        os.chmod(d, 0o755)
        yield os.path.join(d, "s")


def send(path, *args, **keys):
    return servers.sockctl("send", "-U", path, *args, **keys)


def test_stream():
    with place() as path:
        for name in (path, f"@sockctl-test-{os.getpid()}"):
            with servers.UnixServer(servers.answer_lines, name) as s:
                assert send(name, "hello") == (0, b"ok\n", "")
                assert servers.sockctl("send", f"--unix={name}", stdin=b"a\nb").out == b"ok\nok\n"
                assert s.results == [b"hello\n", b"a\nb\n"]


def test_every_framing():
    with place() as path, servers.UnixServer(lambda c: (servers.read_all(c), c.sendall(b"ok\n"))[0], path) as s:
        for args in (["nul"], ["octet-counted"], ["eof"], ["syslog"], ["delimiter", "--delimiter=;"], ["length"]):
            assert send(path, "--framing", *args, "hi") == (0, b"ok\n", ""), args
        assert s.results == [b"hi\0", b"2 hi", b"hi", b"hi\n", b"hi;", b"\0\0\0\2hi"]


def test_no_reply():
    """What the server answers all the same is thrown away, and it gets everything."""
    lines = b"".join(b"%06d\n" % i for i in range(20000))
    with place() as path:
        with servers.UnixServer(servers.answer_lines, path) as s:
            assert send(path, "-n", stdin=lines) == (0, b"", "") and s.one() == lines
        os.unlink(path)
        with servers.UnixServer(servers.answer_packets, path, SEQPACKET_KIND) as s:
            assert send(path, *SEQPACKET, "-n", stdin=lines) == (0, b"", "")
            assert s.one() == lines.split()


def test_datagrams():
    lines = [b"%06d" % i for i in range(5000)]
    with place() as path:
        for name in (path, f"@sockctl-test-{os.getpid()}"):
            with servers.UnixDatagramServer(lambda data: [b"ok " + data[:10] + b"\n"], name) as s:
                assert send(name, *DGRAM, "two\nlines") == (0, b"ok two\\nlines\n", "")
                r = send(name, *DGRAM, stdin=b"\n".join(lines))
                assert r == (0, b"".join(b"ok %s\n" % x for x in lines), ""), r.err
                assert send(name, *DGRAM, "") == (0, b"ok \n", "")
                assert s.received == [b"two\nlines", *lines, b""]
                assert len(s.clients) == 3 and all(c.startswith(b"\0") for c in s.clients), s.clients


def test_slow_receiver_of_datagrams():
    """Its queue is full when sockctl comes, and again and again: that is waited for."""
    with place() as path, contextlib.closing(servers.unix_socket(path, socket.SOCK_DGRAM)) as s, \
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        s.settimeout(h.DEADLINE)
        other.setblocking(False)
        n = 0
        with contextlib.suppress(BlockingIOError):
            while True:
                other.sendto(b"other", path)
                n += 1
        p = servers.start("send", "-U", path, *DGRAM, "-n", stdin=subprocess.PIPE)
        p.stdin.write(b"".join(b"%d\n" % i for i in range(1000)))
        p.stdin.close()
        found = [s.recv(100) for _ in range(n + 1000)]
        assert found == [b"other"] * n + [b"%d" % i for i in range(1000)]
        assert p.wait(h.DEADLINE) == 0


def test_silent_receiver_of_datagrams():
    with place() as path, contextlib.closing(servers.unix_socket(path, socket.SOCK_DGRAM)):
        r = send(path, *DGRAM, "-w", "0.2", "x")
        assert r.code == 3 and "no receipt" in r.err and '"reply"' in r.err, r
        r = send(path, *DGRAM, "-n", "-w", "0.2", stdin=b"x\n" * 100)
        assert r.code == 3 and "no progress" in r.err, r


def test_packets():
    lines = [b"%06d" % i for i in range(5000)]
    with place() as path, servers.UnixServer(servers.answer_packets, path, SEQPACKET_KIND) as s:
        assert send(path, *SEQPACKET, "two\nlines") == (0, b"ok two\\nlines\n", "")
        r = send(path, *SEQPACKET, stdin=b"\n".join(lines))
        assert r == (0, b"".join(b"ok %s\n" % x for x in lines), ""), r.err
        h.wait_for(lambda: len(s.results) == 2, "the server to finish")
        assert s.results == [[b"two\nlines"], lines]


def test_packets_to_a_server_that_leaves():
    def two(connection):
        for _ in range(2):
            connection.send(b"ok " + connection.recv(100))
        connection.recv(100)

    with place() as path, servers.UnixServer(two, path, SEQPACKET_KIND):
        r = send(path, *SEQPACKET, stdin=b"a\nb\nc\n")
        assert (r.code, r.out) == (1, b"ok a\nok b\n") and "closed the connection" in r.err, r
        assert "1 of 3" in r.err and r.err.count("\n") == 1, r


def test_refused_packet():
    def refuse(connection):
        connection.recv(100)
        connection.send(b"error full")

    with place() as path, servers.UnixServer(refuse, path, SEQPACKET_KIND):
        r = send(path, *SEQPACKET, "x")
        assert (r.code, r.out) == (1, b"error full\n") and "refused" in r.err, r


def test_large_messages():
    """More than the usual send buffer holds, and more than a user may ask for."""
    with open("/proc/sys/net/core/wmem_max", encoding="ascii") as f:
        allowed = 2 * int(f.read()) - 4096
    for kind in (DGRAM, SEQPACKET):
        with place() as path, contextlib.ExitStack() as stack:
            if kind == DGRAM:
                s = stack.enter_context(servers.UnixDatagramServer(lambda data: [b"ok"], path))
            else:
                s = stack.enter_context(servers.UnixServer(servers.answer_packets, path, SEQPACKET_KIND))
            os.chmod(path, 0o666)
            large = b"x" * min(allowed, 1 << 20)
            r = send(path, *kind, stdin=large, **as_nobody())
            assert r.code == 0 and r.out.startswith(b"ok"), (kind, r)
            assert large in (s.received if kind == DGRAM else s.one()), kind
            if len(large) == 1 << 20 or not as_nobody():
                continue
            r = send(path, *kind, stdin=b"one\n" + large * 2 + b"\nthree\n", **as_nobody())
            assert r.code in (1, 2) and r.out.startswith(b"ok") and r.out.count(b"\n") == 1, (kind, r)
            assert r.err.count("\n") == 1 and "too long" in r.err, r


def as_nobody():
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.getuid() == 0 else {}


def one_line(r, code, *words):
    assert r.code == code and r.out == b"" and r.err.count("\n") == 1 and all(w in r.err for w in words), r


def test_nobody_there():
    with place() as path:
        for kind in ((), DGRAM, SEQPACKET):
            one_line(send(path, *kind, "x"), 4, path, "is sockd running")
            one_line(send("@sockctl-test-nobody", *kind, "x"), 4, "@sockctl-test-nobody", "is sockd running")
            with contextlib.closing(servers.unix_socket(path, socket.SOCK_STREAM)):
                pass
            one_line(send(path, "x"), 4, "nobody listens there")
            os.unlink(path)
        with contextlib.closing(servers.unix_socket(path, socket.SOCK_DGRAM)):
            one_line(send(path, "x"), 4, "another type", "--datagram")
            one_line(send(path, *SEQPACKET, "x"), 4, "another type")


def test_no_permission():
    if os.getuid() != 0:
        raise h.Skip("needs root")
    with place() as path, servers.UnixServer(servers.answer_lines, path):
        os.chmod(path, 0o600)
        one_line(send(path, "x", **as_nobody()), 4, "permission denied", '"mode"')


def test_full_queue_of_connections():
    with place() as path, contextlib.closing(servers.unix_socket(path, socket.SOCK_STREAM)) as s, \
            contextlib.ExitStack() as stack:
        s.listen(0)
        stack.enter_context(socket.socket(socket.AF_UNIX)).connect(path)
        one_line(send(path, "-w", "0.2", "x"), 4, "timed out")


def test_usage():
    one_line(send("x" * 108, "x"), 2, "108 bytes", "107")
    one_line(send("", "x"), 2, "empty")
    one_line(send("@", "x"), 2, "empty")
    for args in (("-t",), ("-u",), ("-H", "h"), ("-p", "1"), ("-4",), ("--raw",), ("--vsock=1",),
                 (*DGRAM, *SEQPACKET), (*DGRAM, "--framing=line"), (*SEQPACKET, "--framing=nul"),
                 ("--ip-protocol=1",)):
        one_line(send("/nonexistent", *args, "x"), 2)
    one_line(servers.sockctl("send", *DGRAM, "x"), 2, "use --unix")
    with place() as path:
        one_line(send(path * 10, "x"), 2)


def test_listener_of_the_config_file():
    with place() as path, tempfile.TemporaryDirectory() as d:
        paths = {name: f"{d}/{name}" for name in ("stream", "datagram", "seqpacket")}
        listeners = [h.settings(name=name, protocol=f"unix-{name}", path=p, reply="ok %i\n",
                                **({"framing": "nul"} if name == "stream" else {}))
                     for name, p in paths.items()]
        with servers.config(h.config_text(listeners)) as config, \
                servers.UnixServer(lambda c: (servers.read_all(c), c.sendall(b"ok a-1\n"))[0], paths["stream"]) as s, \
                servers.UnixDatagramServer(lambda data: [b"ok a-1\n"], paths["datagram"]) as t, \
                servers.UnixServer(lambda c: (c.recv(100), c.send(b"ok a-1\n"))[0], paths["seqpacket"],
                                   SEQPACKET_KIND) as u:
            for name in paths:
                assert servers.sockctl("-c", config, "send", "-l", name, "hello") == (0, b"ok a-1\n", ""), name
            assert (s.one(), t.received, u.one()) == (b"hello\0", [b"hello"], b"hello")
            r = servers.sockctl("-c", config, "send", *DGRAM, "first of its kind")
            assert r == (0, b"ok a-1\n", "") and len(t.received) == 2, r
            with servers.UnixServer(servers.answer_lines, path):
                r = servers.sockctl("-c", config, "send", "-l", "stream", "-U", path, "--framing=line", "elsewhere")
                assert r == (0, b"ok\n", ""), r


if __name__ == "__main__":
    h.main()
