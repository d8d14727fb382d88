#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A user sends lines with -u: each is one datagram, sent once, answered once; many of them do not
take long, and there are never more in flight than a server's socket holds."""

import subprocess

import harness as h
import servers


def test_lines():
    with servers.DatagramServer(lambda data: [b"ok " + data]) as s:
        r = servers.send(s, "-u", stdin=b"one\n\ntwo\r\nthree")
        assert r == (0, b"ok one\nok \nok two\nok three\n", ""), r
        assert s.received == [b"one", b"", b"two\r", b"three"]


def test_message_as_it_is():
    with servers.DatagramServer(lambda data: [b"ok"]) as s:
        assert servers.send(s, "-u", "two\nlines\n") == (0, b"ok\n", "")
        assert s.received == [b"two\nlines\n"]


def test_many():
    lines = [b"%06d" % i for i in range(20000)]
    with servers.DatagramServer(lambda data: [b"ok " + data]) as s:
        r = servers.send(s, "-u", stdin=b"\n".join(lines))
        assert r.code == 0 and r.out == b"".join(b"ok %s\n" % x for x in lines), r.err
        assert s.received == lines


def test_many_large_ones():
    lines = [b"%06d" % i + b"x" * 30000 for i in range(300)]
    with servers.DatagramServer(lambda data: [b"ok"]) as s:
        r = servers.send(s, "-u", stdin=b"\n".join(lines))
        assert r.code == 0 and s.received == lines, r.err


def test_a_line_is_sent_when_it_comes():
    with servers.DatagramServer(lambda data: [b"ok " + data + b"\n"]) as s:
        p = servers.start("send", "-u", "-p", str(s.port), stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE)
        for i in range(5):
            p.stdin.write(b"%d\n" % i)
            p.stdin.flush()
            assert p.stdout.readline() == b"ok %d\n" % i
        p.communicate(timeout=h.DEADLINE)
        assert p.returncode == 0


def test_one_receipt_is_missing():
    with servers.DatagramServer(lambda data: [] if data == b"b" else [b"ok"]) as s:
        r = servers.send(s, "-u", "-w", "0.3", stdin=b"a\nb\nc\n")
        assert r.code == 3 and "1 of 3" in r.err, r
        assert s.received == [b"a", b"b", b"c"]


def test_short_ones():
    """sockd answers what does not fit with one word, and nothing below three bytes: neither is a failure."""
    with h.Sockd([h.udp()]) as s:
        args = ("-c", s.config, "send", "-l", "udp", "-p", str(s.port("udp")), "-w", "3600")
        r = servers.sockctl(*args, "hi")
        assert (r.code, r.out) == (0, b"") and "less than 3 bytes" in r.err and r.err.count("\n") == 1, r
        r = servers.sockctl(*args, "hey")
        assert (r.code, r.out) == (0, b"ok\n") and "too short for a receipt with its ID" in r.err, r
        r = servers.sockctl(*args, stdin=b"1\n2\nthree\n4\n" + b"x" * 99 + b"\n\n")
        first, second = r.out.splitlines()
        assert r.code == 0 and first == b"ok" and h.RECEIPT.fullmatch(second + b"\n"), r
        assert "4 of 6 datagrams have less than 3 bytes" in r.err and "1 of 6 datagrams" in r.err, r
        s.wait_records(8)
        s.stop()


def test_short_error():
    with servers.DatagramServer(lambda data: [b"error"]) as s:
        r = servers.send(s, "-u", "too short")
        assert r.code == 1 and r.out == b"error\n" and "refused" in r.err, r


if __name__ == "__main__":
    h.main()
