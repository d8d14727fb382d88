#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The EXAMPLES of the manual pages and the README: every command line of sockd and sockctl there is
run against a sockd on the demo config, and every config file there is checked."""

import os
import re
import subprocess
import tempfile

import bus
import harness as h

h.in_namespace()  # the examples use the default port

# Examples that need what a test machine lacks: programs, and a journal with messages of sockd.
NOT_HERE = ("sockctl log", "systemctl", "journalctl", "apt", "git", "./try", "./check", "./autogen.sh", "make")


def read(name):
    with open(os.path.join(h.SRCDIR, name), encoding="utf-8") as f:
        return f.read()


def plain(text):
    """Undoes mdoc's escapes."""
    return text.replace("\\e", "\\").replace('\\(dq', '"').replace("\\&", "").replace("\\-", "-")


def examples(page):
    return read(page).partition("\n.Sh EXAMPLES\n")[2].partition("\n.Sh ")[0]


def commands():
    """(where, command): lines that begin with "$ " in EXAMPLES, and in the README's blocks."""
    for page in ["man/sockctl.1", "man/sockd.8"]:
        for line in examples(page).split("\n"):
            line = re.sub(r"^\.D[1l] ", "", line)
            if line.startswith("$ "):
                yield page, plain(line[2:])
    for block in re.findall(r"^```\w*\n(.*?)^```$", read("README.md"), re.M | re.S):
        for line in block.split("\n"):
            if line.startswith("$ "):
                yield "README.md", line[2:]


def configs():
    for page in ["man/sockd.conf.5", "man/sockd.8"]:
        for block in re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed$", examples(page), re.M | re.S):
            if "listeners" in block:
                yield page, plain(block)
    for block in re.findall(r"^```\w*\n(.*?)^```$", read("README.md"), re.M | re.S):
        if block.lstrip().startswith("listeners"):
            yield "README.md", block


def test_commands():
    found = [(where, command) for where, command in commands() if not command.startswith(NOT_HERE)]
    assert len({where for where, _ in found}) == 3, found
    with tempfile.TemporaryDirectory(prefix="sockd-test-") as d:
        demo = read("etc/demo.conf")
        config = os.path.join(d, "sockd.conf")
        with open(config, "w", encoding="utf-8") as f:
            f.write(demo)
        # As if that file were the default; a -c in the example comes later and overrides it.
        for name, program in [("sockd", h.SOCKD), ("sockctl", h.SOCKCTL)]:
            with open(os.path.join(d, name), "w", encoding="utf-8") as f:
                f.write(f'#!/bin/sh\nexec {program} -c {config} "$@"\n')
            os.chmod(os.path.join(d, name), 0o755)
        with bus.Bus() as b, h.Sockd(text=demo, env=b.env) as s:
            b.wait_owned()
            environment = {**os.environ, **b.env, "PATH": d + ":" + os.environ["PATH"], "LC_ALL": "C.UTF-8"}
            for where, command in found:
                done = subprocess.run(["bash", "-c", command], cwd=d, env=environment, check=False,
                                      stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                      timeout=h.DEADLINE)
                assert done.returncode == 0, (where, command, done)
                print(f"{where}: {command}")
            s.stop()


def test_configs():
    found = list(configs())
    assert found
    for where, text in found + [("etc/demo.conf", read("etc/demo.conf")), ("etc/sockd.conf", read("etc/sockd.conf"))]:
        code, out, err = h.run_sockd("--check", text=text)
        assert (code, out, err) == (0, "", ""), (where, err)
        print(f"{where}: a config file")


if __name__ == "__main__":
    h.main()
