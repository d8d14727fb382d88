#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A user presses Tab in bash, zsh and fish: every command, and every option that --help tells of, is
there, and so are the values that can be known."""

import os
import re
import shutil
import subprocess
import tempfile

import bus
import harness as h
import servers

DIRECTORY = os.path.join(os.path.abspath(h.SRCDIR), "completions")

BASH = r"""
source "$1"/sockctl.bash
compopt() { :; }
COMP_WORDS=("${@:2}") COMP_CWORD=$(($# - 2))
_sockctl
printf '%s\n' "${COMPREPLY[@]}"
"""

# A shell on a terminal of its own that is asked by a key, as users do.
ZSH = r"""
zmodload zsh/zpty
zpty shell zsh -f -i
read_until() { local got=; until [[ $got == *$1* ]]; do zpty -r shell chunk || return; got+=$chunk; done }
zpty -w shell 'PS1=; unsetopt zle_bracketed_paste 2>/dev/null; fpath=('$1' $fpath)'
zpty -w shell 'autoload -Uz compinit; compinit -u -D; typeset -a found'
zpty -w shell 'compadd() { builtin compadd -O found "$@"; print -rl -- "${found[@]}" >>'$2'; builtin compadd "$@" }'
zpty -w shell 'ask() { zle complete-word; print END >>'$2' }; zle -C complete-word complete-word ask-all'
zpty -w shell 'ask-all() { _main_complete; print END >>'$2'; compstate[insert]= }'
zpty -w shell 'bindkey "^I" complete-word; echo READY''NOW'
read_until READYNOW
zpty -n -w shell $3$'\t'
until grep -q END $2 2>/dev/null; do zpty -r -t shell chunk; done
zpty -d shell
"""


def bash(*words):
    done = subprocess.run(["bash", "-c", BASH, "bash", DIRECTORY, "sockctl", *words], capture_output=True, check=True,
                          encoding="utf-8", timeout=h.DEADLINE, env=environment())
    return set(done.stdout.split())


def fish(*words):
    line = " ".join(["sockctl", *words])
    done = subprocess.run([h.tool("fish"), "--no-config", "-c",
                           f"source {DIRECTORY}/sockctl.fish; complete -C '{line}'"], capture_output=True, check=True,
                          encoding="utf-8", timeout=h.DEADLINE, env=environment())
    return {found.split("\t")[0] for found in done.stdout.splitlines()}


def zsh(*words):
    with tempfile.TemporaryDirectory() as d:
        log = os.path.join(d, "found")
        subprocess.run([h.tool("zsh"), "-f", "-c", ZSH, "zsh", DIRECTORY, log, " ".join(["sockctl", *words])],
                       capture_output=True, check=True, timeout=h.DEADLINE, env=environment(), cwd=d)
        with open(log, encoding="utf-8") as f:
            return {line.rstrip("=") for line in f.read().split()} - {"END"}


def environment():
    """With the programs under test on the PATH."""
    programs = {os.path.dirname(os.path.abspath(p)) for p in (h.SOCKD, h.SOCKCTL)}
    return {**os.environ, **h.NO_BUS, **BUS, "PATH": ":".join([*programs, os.environ["PATH"]]), "HOME": "/nonexistent"}


BUS = {}
SHELLS = {"bash": bash, "fish": fish, "zsh": zsh}


def each_shell(check):
    """Those that are there; bash always is."""
    missing = [name for name in SHELLS if not shutil.which(name)]
    for name, ask in SHELLS.items():
        if name not in missing:
            check(name, ask)
    if missing:
        print(f"SKIP: {', '.join(missing)}: not installed")


def commands():
    text = servers.sockctl("--help").out.decode()
    return set(re.findall(r"^  ([a-z][a-z-]+) +\S", text, re.MULTILINE))


def long_options(*command):
    return set(re.findall(r"(--[a-z-]+)", servers.sockctl(*command, "--help").out.decode()))


def test_commands():
    wanted = commands()
    assert len(wanted) >= 13, wanted

    def check(name, ask):
        assert ask("") >= wanted, (name, wanted - ask(""))
        assert ask("lo") & wanted == {"log", "log-level"}, (name, ask("lo"))
        assert not ask("status", "") & wanted, name
    each_shell(check)


def test_options():
    def check(name, ask):
        for command in commands():
            wanted = long_options(command)
            found = ask(command, "--")
            assert found >= wanted, (name, command, wanted - found)
            assert not {o for o in found if o.startswith("--")} - wanted, (name, command, found - wanted)
    each_shell(check)


def test_values():
    config = h.config_text([h.tcp(name="first", port=7001), h.tcp(name="second", port=7002)])
    with servers.config(config.replace("@DIR@", "/tmp")) as path:
        def check(name, ask):
            for words, wanted in ((("log-level", ""), {"error", "warning", "info", "debug"}),
                                  (("peers", "--sort", ""), {"received", "bytes", "refused", "last_seen"}),
                                  (("log", "-o", ""), {"short", "json", "cat"}),
                                  (("--json", ""), {"short", "pretty", "off"}),
                                  (("send", "--framing", ""), {"line", "nul", "octet-counted", "eof"}),
                                  (("-c", path, "send", "-l", ""), {"first", "second"}),
                                  (("-c", path, "log", "--listener", "s"), {"second"}),
                                  (("log", "-c", path, "--listener", ""), {"first", "second"})):
                found = ask(*words)
                assert found == wanted, (name, words, found)
        each_shell(check)


def test_connections():
    with bus.Bus() as b, h.Sockd(env=b.env) as s, s.connect(), s.connect() as second:
        second.send(b"x\n").receipts(1)
        b.wait_owned()
        BUS.update(b.env)

        def check(name, ask):
            assert ask("disconnect", "") == {"1", "2"}, (name, ask("disconnect", ""))
            assert ask("disconnect", "2") == {"2"}, name
        each_shell(check)
        BUS.clear()
        s.stop()


if __name__ == "__main__":
    h.main()
