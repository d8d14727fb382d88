#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A user makes a mistake on the command line, or wants to send what the framing cannot carry:
sockctl says what is wrong, exits with 2 and has not sent a byte."""

import select
import socket

import harness as h
import servers

WRONG = [
    [],
    ["sned"],
    ["--send"],
    ["-x", "send", "hello"],
    ["--json=yes", "send", "hello"],
    ["--json"],
    ["send", "--nonsense", "hello"],
    ["send", "-p"],
    ["send", "-p", "0", "hello"],
    ["send", "-p", "65536", "hello"],
    ["send", "-p", "-1", "hello"],
    ["send", "-p", "http", "hello"],
    ["send", "-p", "", "hello"],
    ["send", "-H", "", "hello"],
    ["send", "-w", "0", "hello"],
    ["send", "-w", "-1", "hello"],
    ["send", "-w", "soon", "hello"],
    ["send", "-w", "nan", "hello"],
    ["send", "-w", "1.2.3", "hello"],
    ["send", "-w", ".", "hello"],
    ["send", "-w", "", "hello"],
    ["send", "-w", "1e400", "hello"],
    ["send", "--framing", "lines", "hello"],
    ["send", "-u", "--framing", "line", "hello"],
    ["send", "-t", "-u", "hello"],
    ["send", "-4", "-6", "hello"],
    ["send", "-U"],
    ["send", "-U", "", "hello"],
    ["send", "-U", "/tmp/" + "x" * 103, "hello"],
    ["send", "-U", "x", "-t", "hello"],
    ["send", "-U", "x", "--datagram", "--seqpacket", "hello"],
    ["send", "--datagram", "hello"],
    ["send", "--raw", "hello"],
    ["send", "--raw", "--ip-protocol=6", "hello"],
    ["send", "--raw", "--ip-protocol=1", "-p", "1", "hello"],
    ["send", "--ip-protocol=1", "-H", "127.0.0.1", "hello"],
    ["send", "--vsock", "hello"],
    ["send", "--vsock=x", "hello"],
    ["send", "--vsock=2", "-4", "hello"],
    ["send", "-q=1", "hello"],
]


def test_wrong_command_lines():
    for args in WRONG:
        r = servers.sockctl(*args)
        assert r.code == 2 and r.out == b"", (args, r)
        lines = [line for line in r.err.splitlines() if "warning" not in line]
        assert len(lines) == 1 and lines[0].startswith("sockctl: "), (args, r)


def test_hints():
    assert 'did you mean "send"' in servers.sockctl("sedn").err
    assert "--help" in servers.sockctl("dance").err
    for word in ("start", "stop", "restart", "enable"):
        err = servers.sockctl(word).err
        assert f"systemctl {word} sockd" in err and "did you mean" not in err, err


def refuse(args, stdin, *words):
    with socket.create_server(("127.0.0.1", 0)) as s:
        r = servers.sockctl("send", "-p", str(s.getsockname()[1]), *args, stdin=stdin)
        assert r.code == 2 and r.out == b"", r
        assert r.err.count("\n") == 1, r.err
        for word in words:
            assert word in r.err, r.err
        assert not select.select([s], [], [], 0)[0], "it connected"


def test_message_holds_its_separator():
    refuse(["two\nlines"], b"", "line feed")
    refuse(["ends in one\n"], b"", "line feed")
    refuse(["--framing", "line", "two", "\n"], b"", "line feed")


def test_message_without_a_byte():
    refuse(["--framing", "eof", ""], b"", "empty")


def test_datagram_too_long():
    with servers.DatagramServer(lambda data: [b"ok\n"]) as s:
        r = servers.send(s, "-u", *["x" * 65507])
        assert r.code == 0 and len(s.received[0]) == 65507, r
        r = servers.send(s, "-u", *["x" * 65508])
        assert r.code == 2 and "65507" in r.err and len(s.received) == 1, r
        r = servers.send(s, "-u", stdin=b"x" * 65508 + b"\n")
        assert r.code == 2 and "line 1" in r.err and len(s.received) == 1, r


def test_line_holds_nul():
    """Nothing that was read together with it is sent."""
    with servers.Server(servers.read_all) as s:
        r = servers.send(s, "--framing", "nul", stdin=b"fine\n\ntwo\0parts\n")
        assert r.code == 2 and r.out == b"" and "line 3" in r.err and "NUL" in r.err, r
        assert s.one() == b""


def test_long_line_holds_nul():
    """Its beginning is already sent; the lines before it get their receipts."""
    def serve(c):
        data = servers.read_all(c)
        c.sendall(b"ok\n" * data.count(b"\0"))
        return data
    with servers.Server(serve) as s:
        r = servers.send(s, "--framing", "nul", stdin=b"fine\n" + b"x" * 1000000 + b"\0\n")
        assert r.code == 2 and r.out == b"ok\n" and "line 2" in r.err, r
        assert s.one().startswith(b"fine\0xxx")


if __name__ == "__main__":
    h.main()
