#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A user sends messages to a virtual machine, or to this one through vsock's loopback: a stream like any other,
whose place is a context ID and a port."""

import contextlib
import socket

import harness as h
import servers

LOCAL = 1  # VMADDR_CID_LOCAL


class VsockServer(servers.Server):
    """On a port that the kernel chooses, reached through the loopback; or Skip."""

    def __init__(self, serve):
        try:
            listening = socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)
        except OSError as e:
            raise h.Skip("the kernel has no vsock") from e
        try:
            listening.bind((socket.VMADDR_CID_ANY, socket.VMADDR_PORT_ANY))
            listening.listen(16)
            _, self.port = listening.getsockname()
            with socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM) as probe:
                probe.settimeout(1)
                probe.connect((LOCAL, self.port))
                listening.accept()[0].close()
        except OSError as e:
            listening.close()
            raise h.Skip(f"vsock has no loopback: {e}") from e
        self._start(listening, serve)


def one_line(r, code, *words):
    assert r.code == code and r.out == b"" and r.err.count("\n") == 1 and all(w in r.err for w in words), r


def test_messages():
    with VsockServer(servers.answer_lines) as s:
        for cid in ("local", "1"):
            assert servers.sockctl("send", f"--vsock={cid}:{s.port}", "hello") == (0, b"ok\n", "")
        assert servers.sockctl("send", "--vsock", f"local:{s.port}", stdin=b"a\nb").out == b"ok\nok\n"
        assert servers.sockctl("send", "-n", f"--vsock=local:{s.port}", stdin=b"c\n") == (0, b"", "")
        assert s.results == [b"hello\n", b"hello\n", b"a\nb\n", b"c\n"]


def test_listener_of_the_config_file():
    with VsockServer(lambda c: (servers.read_all(c), c.sendall(b"ok\n"))[0]) as s, \
            servers.config(h.config_text([h.settings(name="vm", protocol="vsock", port=s.port, framing="nul",
                                                     reply="ok\n")])) as path:
        for args in (["-l", "vm"], ["-l", "vm", "--vsock=local"]):
            assert servers.sockctl("-c", path, "send", *args, "hi") == (0, b"ok\n", ""), args
        assert s.results == [b"hi\0"] * 2


def test_no_way():
    """Whatever this machine has not: vsock, its loopback or a server."""
    one_line(servers.sockctl("send", "-w", "0.5", "--vsock=local:4294967294", "x"), 4, "vsock:1:4294967294")


def test_nobody_there():
    with contextlib.closing(VsockServer(servers.answer_lines).socket) as s:
        port = s.getsockname()[1]
    one_line(servers.sockctl("send", f"--vsock=local:{port}", "x"), 4, "nobody listens there")


def test_usage():
    for address in ("", ":", "1:", ":1", "x:1", "1:x", "-1:1", "4294967295:1", "1:4294967295", "1:2:3", "localx"):
        one_line(servers.sockctl("send", f"--vsock={address}", "x"), 2, "--vsock")
    for args in (["-t"], ["-u"], ["-H", "h"], ["-4"], ["--raw"], ["--seqpacket"], ["--ip-protocol=1"]):
        one_line(servers.sockctl("send", "--vsock=1", *args, "x"), 2)


if __name__ == "__main__":
    h.main()
