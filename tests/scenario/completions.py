#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A user presses Tab in bash, zsh and fish: every command, and every option listed by --help, is
offered, and so are the values that can be known."""

import contextlib
import os
import pty
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

# Writes to a file when it accepts keys, what it has found, and when it is done.
ZSHRC = r"""
PS1= fpath=({directory} $fpath)
autoload -Uz compinit
compinit -u -D
typeset -a found
compadd() {{ builtin compadd -O found "$@"; print -rl -- "${{found[@]}}" >>{log}; builtin compadd "$@"; }}
ask() {{ _main_complete; print END >>{log}; compstate[insert]=; }}
zle -C ask complete-word ask
bindkey "^I" ask
zle-line-init() {{ print READY >>{log}; }}
zle -N zle-line-init
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
    """On a terminal, with the key that users press."""
    with tempfile.TemporaryDirectory() as d:
        log = os.path.join(d, "log")
        with open(os.path.join(d, ".zshrc"), "w", encoding="utf-8") as f:
            f.write(ZSHRC.format(directory=DIRECTORY, log=log))

        def said(word):
            with contextlib.suppress(BlockingIOError):
                os.read(master, 65536)
            return os.path.exists(log) and word in read_words(log)

        # LeakSanitizer stops its process as a debugger does, and hangs where a shell controls jobs.
        env = {**environment(), "ZDOTDIR": d, "TERM": "dumb", "ASAN_OPTIONS": "detect_leaks=0"}
        master, slave = pty.openpty()
        os.set_blocking(master, False)
        with subprocess.Popen([h.tool("zsh"), "-d", "-i"], stdin=slave, stdout=slave, stderr=slave, cwd=d,
                              start_new_session=True, env=env) as shell:
            os.close(slave)
            try:
                h.wait_for(lambda: said("READY"), "the shell to take keys")
                os.write(master, f"sockctl {' '.join(words)}\t".encode())
                h.wait_for(lambda: said("END"), "what it has found")
            finally:
                shell.kill()
                os.close(master)
        return {word.rstrip("=") for word in read_words(log)} - {"READY", "END"}


def read_words(path):
    with open(path, encoding="utf-8") as f:
        return f.read().split()


def environment():
    """With the programs under test on the PATH."""
    programs = {os.path.dirname(os.path.abspath(p)) for p in (h.SOCKD, h.SOCKCTL)}
    return {**os.environ, **h.NO_BUS, **BUS, "PATH": ":".join([*programs, os.environ["PATH"]]), "HOME": HOME.name}


HOME = tempfile.TemporaryDirectory(prefix="sockd-test-")  # fish makes directories in it
BUS = {}
SHELLS = {"bash": bash, "fish": fish, "zsh": zsh}


def each_shell(check):
    """The shells that are installed; bash always is."""
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
