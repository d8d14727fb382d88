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


def test_version():
    for args in (["-V"], ["--version"], ["send", "-V"]):
        r = servers.sockctl(*args)
        assert r.code == 0 and re.fullmatch(rb"sockctl \d+(\.\d+)+\n", r.out), r


def test_global_options_on_both_sides():
    options = [["-q"], ["--quiet"], ["-j"], ["--json=short"], ["--json", "pretty"], ["--json=off"],
               ["--no-pager"], ["--no-legend"], ["-qj", "--no-pager", "--no-legend"]]
    with servers.Server(servers.answer_lines) as s:
        for o in options:
            r = servers.sockctl(*o, "send", "-p", str(s.port), *o, "hello")
            assert r == (0, b"ok\n", ""), (o, r)


if __name__ == "__main__":
    h.main()
