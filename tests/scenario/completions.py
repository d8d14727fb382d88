#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A user presses Tab in bash, zsh and fish: every command, and every option that --help tells of, is
there, and so are the values that can be known. Each shell is started once, and asked for everything."""

import contextlib
import os
import pty
import re
import shlex
import shutil
import subprocess
import tempfile

import bus
import harness as h
import servers

DIRECTORY = os.path.join(os.path.abspath(h.SRCDIR), "completions")

BASH = r"""
source {directory}/sockctl.bash
compopt() {{ :; }}
ask() {{
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
        _sockctl
        printf '%s\n' "${{COMPREPLY[@]}}" END
}}
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
bindkey -e
bindkey "^I" ask
zle-line-init() {{ print READY >>{log}; }}
zle -N zle-line-init
"""


def run(*command, env):
    return subprocess.run(command, capture_output=True, check=True, encoding="utf-8", timeout=h.DEADLINE,
                          env=env).stdout


def answers(text):
    """The words in front of each END."""
    return [set(part.split("\n")) - {""} for part in text.split("END\n")[:-1]]


def bash(lines, env):
    script = BASH.format(directory=DIRECTORY) + "\n".join(shlex.join(["ask", "sockctl", *words]) for words in lines)
    return [{word.strip() for word in found} for found in answers(run("bash", "-c", script, env=env))]


def fish(lines, env):
    asked = [f"complete -C {shlex.quote(' '.join(['sockctl', *words]))}; echo END" for words in lines]
    text = run("fish", "--no-config", "-c", "; ".join([f"source {DIRECTORY}/sockctl.fish", *asked]), env=env)
    return [{word.split("\t")[0] for word in found} for found in answers(text)]


def zsh(lines, env):
    """On a terminal, by the key that users press."""
    with tempfile.TemporaryDirectory() as d:
        log = os.path.join(d, "log")
        with open(os.path.join(d, ".zshrc"), "w", encoding="utf-8") as f:
            f.write(ZSHRC.format(directory=DIRECTORY, log=log))

        def said(word):
            with contextlib.suppress(BlockingIOError):
                os.read(master, 65536)
            return h.lines_of(log).count(word)

        # LeakSanitizer stops its process as a debugger does, and hangs where a shell controls jobs.
        env = {**env, "ZDOTDIR": d, "TERM": "dumb", "ASAN_OPTIONS": "detect_leaks=0"}
        master, slave = pty.openpty()
        os.set_blocking(master, False)
        with subprocess.Popen(["zsh", "-d", "-i"], stdin=slave, stdout=slave, stderr=slave, cwd=d,
                              start_new_session=True, env=env) as shell:
            os.close(slave)
            try:
                h.wait_for(lambda: said(b"READY"), "the shell to take keys")
                for n, words in enumerate(lines, 1):
                    # On an empty line. "sockd" as the first word is another program in the same file.
                    program = [] if words[0] == "sockd" else ["sockctl"]
                    os.write(master, b"\x15" + " ".join([*program, *words]).encode() + b"\t")
                    h.wait_for(lambda n=n: said(b"END") == n, f"what it has found for {words}")
            finally:
                shell.kill()
                os.close(master)
        with open(log, encoding="utf-8") as f:
            return [{w.rstrip("=") for word in found for w in word.split()} - {"READY"} for found in answers(f.read())]


SOCKD_OPTIONS = {"--config", "--instance", "--check", "--print-config", "--verbose", "--version", "--help"}
SHELLS = {"bash": bash, "fish": fish, "zsh": zsh}


def commands():
    text = servers.sockctl("--help").out.decode()
    return set(re.findall(r"^  ([a-z][a-z-]+) +\S", text, re.MULTILINE))


def long_options(*command):
    return set(re.findall(r"(--[a-z-]+)", servers.sockctl(*command, "--help").out.decode()))


def everything(found):
    return found


def options(found):
    return {word for word in found if word.startswith("--")}


def wanted(path):
    """Words on the line, what to look at of that which is found for the last of them, and what that must be."""
    names = commands()
    assert len(names) >= 13, names

    def of_commands(found):
        return found & names
    yield ("",), of_commands, names
    yield ("lo",), of_commands, {"log", "log-level"}
    yield ("status", ""), of_commands, set()
    for command in sorted(names):
        yield (command, "--"), options, long_options(command)
    yield ("log-level", ""), everything, {"error", "warning", "info", "debug"}
    yield ("peers", "--sort", ""), everything, {"received", "bytes", "refused", "last_seen"}
    yield ("log", "-o", ""), everything, {"short", "json", "cat"}
    yield ("--json", ""), everything, {"short", "pretty", "off"}
    yield ("send", "--framing", ""), everything, {
        "line", "nul", "octet-counted", "eof", "syslog", "delimiter", "length"}
    yield ("-c", path, "send", "-l", ""), everything, {"first", "second"}
    yield ("-c", path, "log", "--listener", "s"), everything, {"second"}
    yield ("log", "-c", path, "--listener", ""), everything, {"first", "second"}
    yield ("disconnect", ""), everything, {"1", "2"}
    yield ("disconnect", "2"), everything, {"2"}


def test_every_shell():
    missing = [name for name in SHELLS if not shutil.which(name)]  # bash always is there
    config = h.config_text([h.tcp(name="first", port=7001), h.tcp(name="second", port=7002)])
    with bus.Bus() as b, h.Sockd(env=b.env) as s, s.connect(), s.connect() as second, servers.config(config) as path, \
            tempfile.TemporaryDirectory(prefix="sockd-test-") as home:  # fish makes directories in it
        second.send(b"x\n").receipts(1)
        b.wait_owned()
        # With the programs under test on the PATH.
        programs = {os.path.dirname(os.path.abspath(p)) for p in (h.SOCKD, h.SOCKCTL)}
        env = {**os.environ, **b.env, "PATH": ":".join([*programs, os.environ["PATH"]]), "HOME": home}
        lines = list(wanted(path))
        for name, ask in SHELLS.items():
            if name in missing:
                continue
            found = ask([words for words, _, _ in lines] + [("sockd", "--")] * (name == "zsh"), env)
            if name == "zsh":
                assert options(found.pop()) == SOCKD_OPTIONS, "sockd, after sockctl in the same session"
            assert len(found) == len(lines), (name, found)
            for (words, look_at, want), got in zip(lines, found):
                assert look_at(got) == want, (name, words, look_at(got) ^ want)
        s.stop()
    if missing:
        print(f"SKIP: {', '.join(missing)}: not installed")


if __name__ == "__main__":
    h.main()
