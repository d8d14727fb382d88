#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A user runs "sockctl send" against sockd: the words of the command line are one message, its
receipt is printed, the exit status is 0, and sockd has recorded the message."""

import harness as h
import servers


def to_sockd(s, *args, **keys):
    return servers.sockctl("send", "-p", str(s.port()), *args, **keys)


def test_words_are_one_message():
    with h.Sockd() as s:
        r = to_sockd(s, "hello", "wide  world", "")
        assert r.code == 0 and r.err == "", r
        assert len(h.ids_of(r.out)) == 1, r.out
        assert [bytes(x) for x in s.records()] == [b"hello wide  world "]
        assert s.records()[0].id == h.ids_of(r.out)[0]
        s.stop()


def test_empty_word_is_an_empty_message():
    with h.Sockd() as s:
        r = to_sockd(s, "")
        assert r.code == 0 and len(h.ids_of(r.out)) == 1, r
        assert [bytes(x) for x in s.records()] == [b""]
        s.stop()


def test_options_end_at_the_first_word():
    with h.Sockd() as s:
        assert to_sockd(s, "one", "-n", "--help").code == 0
        assert to_sockd(s, "--", "-u", "two").code == 0
        assert [bytes(x) for x in s.records()] == [b"one -n --help", b"-u two"]
        s.stop()


def test_every_framing():
    for framing in ("line", "nul", "octet-counted", "eof"):
        with h.Sockd([h.tcp(framing=framing)]) as s:
            r = to_sockd(s, "--framing", framing, "hello")
            assert r.code == 0 and len(h.ids_of(r.out)) == 1, r
            r = to_sockd(s, "--framing", framing, stdin=b"one\ntwo")
            assert r.code == 0 and len(h.ids_of(r.out)) == 2, r
            assert [bytes(x) for x in s.records()] == [b"hello", b"one", b"two"]
            s.stop()


def test_udp():
    with h.Sockd([h.udp()]) as s:
        r = servers.sockctl("send", "-u", "-p", str(s.port("udp")),
                            "hello over there, can you hear me")
        assert r.code == 0 and len(h.ids_of(r.out)) == 1, r
        assert [bytes(x) for x in s.records()] == [b"hello over there, can you hear me"]
        s.stop()


def test_ipv6():
    with h.Sockd([h.tcp(address="::1")]) as s:
        assert to_sockd(s, "-6", "one").code == 0
        assert to_sockd(s, "-H", "::1", "two").code == 0
        assert [bytes(x) for x in s.records()] == [b"one", b"two"]
        s.stop()


if __name__ == "__main__":
    h.main()
