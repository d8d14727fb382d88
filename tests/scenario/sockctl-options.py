#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A user asks for help or the version, or gives the global options before and after the command."""

import re

import harness as h
import servers


def test_help_fits_one_screen():
    for args in (["--help"], ["-h"], ["send", "--help"], ["send", "-h"], ["--help", "send"]):
        r = servers.sockctl(*args)
        lines = r.out.decode().splitlines()
        assert r.code == 0 and r.err == "" and lines[0].startswith("Usage: sockctl"), r
        assert len(lines) <= 24 and max(map(len, lines)) <= 80, r.out.decode()


def test_help_as_a_word():
    for words, options in ((["help"], ["--help"]), (["help", "send"], ["send", "--help"]), (["version"], ["-V"])):
        r = servers.sockctl(*words)
        assert r.code == 0 and r.out and r == servers.sockctl(*options), r
    assert servers.sockctl("help", "dance").code == 2


def test_json_is_refused_where_there_is_none():
    for args in (["-j", "send", "x"], ["send", "--json=short", "x"], ["top", "-j"], ["reload", "--json", "pretty"]):
        r = servers.sockctl(*args)
        assert r.code == 2 and r.out == b"" and "has no JSON output" in r.err, (args, r)


def test_version():
    for args in (["-V"], ["--version"], ["send", "-V"]):
        r = servers.sockctl(*args)
        assert r.code == 0 and re.fullmatch(rb"sockctl \d+(\.\d+)+\n", r.out), r


def test_global_options_on_both_sides():
    options = [["-q"], ["--quiet"], ["--json=off"], ["--json", "off"],
               ["--no-pager"], ["--no-legend"], ["-q", "--no-pager", "--no-legend"]]
    with servers.Server(servers.answer_lines) as s:
        for o in options:
            r = servers.sockctl(*o, "send", "-p", str(s.port), *o, "hello")
            assert r == (0, b"ok\n", ""), (o, r)


if __name__ == "__main__":
    h.main()
