#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A user gives neither host nor port: sockctl uses the configuration file, with its first listener
for the protocol or the one that is named. An unusable file causes a warning, or an error if a
listener is named."""

import socket

import harness as h
import servers


def send_with(text, *args, **keys):
    with servers.config(text) as path:
        return servers.sockctl("-c", path, "send", *args, **keys)


def tcp(s, **keys):
    return h.tcp(**{"address": s.host, "port": s.port, "reply": "ok\n", **keys})


def test_first_listener_of_the_protocol():
    with servers.Server(servers.answer_lines) as a, servers.Server(servers.answer_lines) as b, \
            servers.DatagramServer(lambda data: [b"ok udp"]) as c:
        text = h.config_text([h.udp(port=c.port, reply="ok udp\n"), tcp(a), tcp(b, name="other")])
        assert send_with(text, "one") == (0, b"ok\n", "")
        assert send_with(text, "-t", "two") == (0, b"ok\n", "")
        assert send_with(text, "-u", "three") == (0, b"ok udp\n", "")
        assert send_with(text, "-l", "other", "four") == (0, b"ok\n", "")
        assert send_with(text, "--listener", "udp", "five") == (0, b"ok udp\n", "")
        assert (a.results, b.results, c.received) == ([b"one\n", b"two\n"], [b"four\n"],
                                                      [b"three", b"five"])


def test_config_option_after_the_command():
    with servers.Server(servers.answer_lines) as s, servers.config(h.config_text([tcp(s)])) as path:
        assert servers.sockctl("send", "--config", path, "hello").code == 0


def test_everywhere_means_loopback():
    with servers.Server(servers.answer_lines) as s:
        for address in ("*", "0.0.0.0"):
            assert send_with(h.config_text([tcp(s, address=address)]), "hello").code == 0
    with servers.Server(servers.answer_lines, host="::1") as s:
        assert send_with(h.config_text([tcp(s, address="*")]), "-6", "hello").code == 0
        assert send_with(h.config_text([tcp(s, address="::")]), "hello").code == 0


def test_framing_of_the_listener():
    def serve(c):
        data = servers.read_all(c)
        c.sendall(b"ok\n")
        return data
    for framing, expected in (("nul", b"hello\0"), ("octet-counted", b"5 hello"),
                              ("eof", b"hello")):
        with servers.Server(serve) as s:
            assert send_with(h.config_text([tcp(s, framing=framing)]), "hello").code == 0
            assert s.one() == expected
    with servers.Server(serve) as s:
        text = h.config_text([tcp(s, framing="nul")])
        assert send_with(text, "--framing", "line", "hello").code == 0
        assert s.one() == b"hello\n"


def test_listener_without_reply():
    """As with -n; a udp listener has no reply unless one is set."""
    with servers.Server(servers.read_all) as s:
        assert send_with(h.config_text([tcp(s, reply="")]), "-w", "20", "hello") == (0, b"", "")
        assert s.one() == b"hello\n"
    with servers.DatagramServer(lambda data: []) as s:
        text = h.config_text([h.udp(port=s.port, reply=None)])
        assert send_with(text, "-u", "-w", "20", "hello") == (0, b"", "")
        h.wait_for(lambda: s.received == [b"hello"], "the datagram")


def test_receipts_of_several_lines():
    def serve(c):
        data = servers.read_all(c)
        c.sendall(b"ok 1\ndurable\nerror 2 not stored: x\nok 3\ndurable\n")
        return data
    with servers.Server(serve) as s:
        r = send_with(h.config_text([tcp(s, reply="ok %i\n%l\n")]), stdin=b"a\nb\nc\n")
        assert r.code == 1 and "1 of 3" in r.err, r


def test_receipts_without_newline():
    def serve(c):
        n = 0
        while data := c.recv(4096):
            n += data.count(b"\n")
            c.sendall(b"ok" * data.count(b"\n"))
        return n
    with servers.Server(serve) as s:
        r = send_with(h.config_text([tcp(s, reply="ok")]), stdin=b"a\nb\nc\n")
        assert r == (0, b"ok\nok\nok\n", "") and s.one() == 3


def test_options_come_first():
    with servers.Server(servers.answer_lines) as s:
        text = h.config_text([tcp(s, port=1), tcp(s, port=2, name="second", framing="nul")])
        assert send_with(text, "-p", str(s.port), "hello") == (0, b"ok\n", "")
        assert s.one() == b"hello\n"


def test_named_listener_at_another_port():
    def serve(c):
        data = servers.read_all(c)
        c.sendall(b"ok\n")
        return data
    with servers.Server(serve) as s:
        text = h.config_text([tcp(s, port=0, framing="nul")])
        assert send_with(text, "-l", "tcp", "-p", str(s.port), "hello") == (0, b"ok\n", "")
        assert s.one() == b"hello\0"
        r = send_with(text, "-l", "tcp", "hello")
        assert r.code == 2 and "--port" in r.err, r


def test_family_chooses_the_listener():
    with servers.Server(servers.answer_lines, host="::1") as s:
        text = h.config_text([h.tcp(port=1), tcp(s, name="six")])
        assert send_with(text, "-6", "hello") == (0, b"ok\n", "")


def test_useless_file_is_a_warning():
    """Then 127.0.0.1:9191 is used, whether or not anything listens there."""
    for args in (["-c", "/nonexistent/sockd.conf"], ["-c", "/"]):
        r = servers.sockctl(*args, "send", "-w", "0.2", "-u", "-n", "hello")
        assert r.code in (0, 4), r
        first = r.err.splitlines()[0]
        assert first.startswith("sockctl: warning: /") and "127.0.0.1 port 9191" in first, r.err
    r = send_with("listeners = 1;\nnonsense = 2;\n", "-u", "-n", "hello")
    assert r.code in (0, 4), r
    assert "warning: " in r.err and "sockd.conf:" in r.err and "9191" in r.err, r.err


def test_useless_file_and_a_name():
    r = servers.sockctl("send", "-l", "tcp", "hello")
    assert r.code == 2 and "warning" not in r.err, r
    r = send_with("listeners = 1;\n", "-l", "tcp", "hello")
    assert r.code == 2 and "warning" not in r.err, r


def test_no_such_listener():
    text = h.config_text([h.tcp(port=1)])
    r = send_with(text, "-l", "other", "hello")
    assert r.code == 2 and r.err.count("\n") == 1 and '"other"' in r.err, r
    r = send_with(text, "-l", "tcp", "-u", "hello")
    assert r.code == 2 and r.err.count("\n") == 1, r


def test_file_is_not_needed_with_host_or_port():
    held, port = servers.unused_port(socket.SOCK_STREAM)
    with held:
        r = servers.sockctl("send", "-p", str(port), "hello")
        assert r.code == 4 and "warning" not in r.err, r


def test_no_listener_of_the_family():
    for args in (["-6"], ["-6", "-l", "tcp-7001"]):
        r = send_with(h.config_text([h.tcp(name="tcp-7001", port=7001)]), *args, "hello")
        assert r.code == 2 and "has an IPv6 address" in r.err and "connect" not in r.err, r


if __name__ == "__main__":
    h.main()
