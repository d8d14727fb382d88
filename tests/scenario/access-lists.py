#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Who may send: deny and allow say the same of connections and datagrams, for IPv4 and IPv6. Nothing of an address that
is denied is recorded or answered; it is counted, and told once. A reload reads the lists again, also those in files,
and closes the streams of addresses that are denied from then on."""

import os
import signal

import bus
import harness as h

LONG = b"a datagram that is long enough for its receipt\n"
# The lists, and which of the addresses below may send.
MATRIX = [
    ({}, "abc"),
    ({"allow": ["127.0.0.1"]}, "a"),
    ({"allow": ("127.0.0.0/8",)}, "ab"),
    ({"allow": ["::ffff:127.0.0.9", "::1"]}, "bc"),
    ({"deny": ["127.0.0.9"]}, "ac"),
    ({"deny": ["0.0.0.0/0"]}, "c"),
    ({"allow": ["127.0.0.0/8"], "deny": ["127.0.0.8/31"]}, "a"),
    ({"allow": ["127.0.0.9"], "deny": ["127.0.0.9"]}, ""),
    ({"allow": ["2001:db8::/32"]}, ""),
    ({"deny": ["::/0"]}, "ab"),
]
SOURCES = {"a": "127.0.0.1", "b": "127.0.0.9", "c": "::1"}


def listeners(keys):
    return [h.tcp(address="*", **keys), h.udp(address="*", **keys)]


def address(s, name, source):
    return (source if ":" in source else "127.0.0.1", s.port(name))


def tcp_may_send(s, source):
    try:
        with h.Client(address(s, "tcp", source), source=(source, 0)) as c:
            line = c.send(b"hello\n").line()
    except (ConnectionResetError, BrokenPipeError):
        return False
    assert h.RECEIPT.fullmatch(line), line
    return True


def test_matrix():
    for keys, allowed in MATRIX:
        with h.Sockd(listeners(keys)) as s:
            for letter, source in SOURCES.items():
                assert tcp_may_send(s, source) == (letter in allowed), (keys, source)
                with h.Datagrams(address(s, "udp", source), source=(source, 0)) as c:
                    c.send(LONG)
                    if letter in allowed:
                        assert h.RECEIPT.fullmatch(c.receive()), (keys, source)
            s.stop()
            counters = s.counters()
            assert counters["tcp"].received == counters["udp"].received == len(allowed), (keys, counters)
            assert len(s.records()) == 2 * len(allowed)
        assert ("denied" in s.stderr) == (len(allowed) < len(SOURCES)), s.stderr


def test_told_once():
    """A hundred connections and datagrams of addresses that are denied are one line each, with the reason."""
    keys = {"allow": ["127.0.0.1"]}
    with h.Sockd(listeners(keys)) as s:
        for i in range(100):
            assert not tcp_may_send(s, "127.0.0.9")
            with h.Datagrams(address(s, "udp", "127.0.0.1"), source=(f"127.0.1.{i}", 0)) as c:
                c.send(LONG)
        assert tcp_may_send(s, "127.0.0.1")
        with h.Datagrams(address(s, "udp", "127.0.0.1")) as c:
            assert h.RECEIPT.fullmatch(c.ask(LONG))
        s.stop()
    said = [line for line in s.stderr.split("\n") if "denied" in line]
    assert 2 <= len(said) <= 8 and all("is not in allow, denied" in line for line in said), said


def test_file():
    """A list in a file; what is wrong with it is told with its line, and then nothing changes."""
    with h.tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "allowed")

        def write(text):
            with open(path, "w", encoding="ascii") as f:
                f.write(text)

        write("# ours\n127.0.0.1\n")
        with h.Sockd(listeners({"allow": [f"@{path}"]})) as s:
            assert tcp_may_send(s, "127.0.0.1") and not tcp_may_send(s, "127.0.0.9")
            write("127.0.0.9\n127.0.0.300\n")
            s.signal(signal.SIGHUP)
            s.wait_line(f"{path}:2: must be an address or a prefix such as 192.0.2.0/24, not \"127.0.0.300\"")
            assert tcp_may_send(s, "127.0.0.1") and not tcp_may_send(s, "127.0.0.9")
            code, _, err = h.run_sockd("--check", text=h.config_text(listeners({"allow": [f"@{path}"]})))
            assert code == 78 and f"{path}:2: " in err, err
            write("127.0.0.9\n")
            s.signal(signal.SIGHUP)
            s.wait_line("^reloaded")
            assert tcp_may_send(s, "127.0.0.9") and not tcp_may_send(s, "127.0.0.1")
            s.stop()
        os.unlink(path)
        code, _, err = h.run_sockd(text=h.config_text(listeners({"allow": [f"@{path}"]})))
        assert code == 78 and f"{path}: No such file or directory" in err, err


def is_reset(s):
    """A new connection is reset, and gets no byte. The reset may come before connect(2) returns."""
    try:
        with s.connect() as c:
            c.rest()
    except ConnectionResetError:
        return True
    return False


def test_figures():
    """Denied is neither refused nor received: the account adds up without it. The peer is counted too."""
    with bus.Bus() as b, h.Sockd([h.tcp(deny=["127.0.0.1"]), h.udp(allow=["127.0.0.9"], reply="")],
                                 env=b.env) as s:
        b.wait_owned()
        for _ in range(5):
            assert is_reset(s)
        with s.datagrams() as denied, s.datagrams(source=("127.0.0.9", 0)) as allowed:
            for _ in range(50):
                denied.send(b"denied")
                allowed.send(b"allowed")
            h.wait_for(lambda: b.rows("status")["datagrams_denied"] == 50, "the denied ones")
            h.wait_for(lambda: b.rows("status")["recorded"] == 50, "the others")
        row = b.rows("status")
        assert (row["connections_denied"], row["connections_refused"], row["refused"]) == (5, 0, 0), row
        assert row["received"] == row["recorded"] + row["refused"] + row["failed"] + row["waiting"] == 50, row
        (peer,) = [r for r in b.rows("peers") if r["peer_address"] == "127.0.0.1"]
        assert (peer["denied"], peer["refused"], peer["received"]) == (55, 0, 0), peer
        assert b"5 connections, 50 datagrams" in b.sockctl("status").out
        s.stop()
        assert all(r.text == b"allowed" for r in s.records())


def test_reload_with_a_pipe():
    """A list that is a pipe is refused: a reload cannot hang. 10,000 prefixes are read then."""
    with h.tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "denied")
        with open(path, "w", encoding="ascii") as f:
            f.write("".join(f"10.{i >> 8}.{i & 255}.0/24\n" for i in range(10000)) + "127.0.0.1\n")
        with h.Sockd([h.tcp(deny=["@" + path])]) as s:
            assert is_reset(s)
            os.rename(path, path + ".old")
            os.mkfifo(path)
            writer = os.open(path, os.O_RDWR)
            s.signal(signal.SIGHUP)
            s.wait_line(f"^cannot reload: {path}: not a regular file")
            os.close(writer)
            os.rename(path + ".old", path)
            s.signal(signal.SIGHUP)
            s.wait_line("^reloaded")
            assert is_reset(s)
            s.stop()


def test_proxies():
    """A connection of another address is denied; allow and deny do not apply to the proxy itself."""
    with h.Sockd([h.tcp(proxies=["127.0.0.5"], allow=["127.0.0.1"])]) as s:
        assert is_reset(s)
        s.wait_line(r"127\.0\.0\.1:[0-9]+ is not in proxies, denied")
        s.stop()


def test_streams_that_are_open():
    """Their receipts come, then they end; others stay."""
    with h.Sockd([h.tcp()]) as s:
        with s.connect() as stays, h.Client(s.address(), source=("127.0.0.9", 0)) as goes:
            stays.send(b"a\n").receipts(1)
            goes.send(b"b\n").receipts(1)
            s.write_config(h.config_text([h.tcp(port=s.port(), deny=["127.0.0.9"])]))
            s.signal(signal.SIGHUP)
            assert goes.rest() == b""
            s.wait_line(r"listener tcp: 127\.0\.0\.9:[0-9]+ is in deny, denied")
            stays.send(b"c\n").receipts(1)
        s.stop()


if __name__ == "__main__":
    h.main()
