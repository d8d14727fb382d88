#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The EXAMPLES of the manual pages and the README: every command line of sockd and sockctl there is
run against a sockd on the demo config, and every config file there is checked."""

import os
import subprocess
import tempfile

import blocks
import bus
import harness as h
import pki

h.in_namespace()  # the examples use the default port

DOCUMENTS = ["README.md", "man/sockctl.1", "man/sockd.8", "man/sockd.conf.5"]
# Examples that need what a test machine lacks: programs, a journal with messages of sockd, and a host.
NOT_HERE = ("sockctl log", "sockctl send --tls", "sockctl send --vsock", "systemctl", "journalctl", "apt", "git",
            "./try", "./check", "./autogen.sh", "make")


def read(name):
    return (blocks.TOP / name).read_text(encoding="utf-8")


def printed(kind):
    """(where, block) of the README and the manual pages."""
    return [(name, block) for name in DOCUMENTS for block in blocks.blocks(name) if block.kind == kind]


def commands():
    """Those with the prompt of a user."""
    for where, block in printed("commands"):
        if where == "README.md" or block.section == "EXAMPLES":
            for step in block.steps():
                if block.text.startswith("$ ") and not step.root:
                    yield where, step.command


def test_commands():
    found = [(where, command) for where, command in commands() if not command.startswith(NOT_HERE)]
    assert len({where for where, _ in found}) == 3, found
    with tempfile.TemporaryDirectory(prefix="sockd-test-") as d:
        os.mkdir("/run/sockd")
        local = h.settings(name="local", protocol="unix-stream", path="/run/sockd/messages.sock")
        text = read("etc/demo.conf").replace("listeners = (", f"listeners = ( {local},", 1)
        with bus.Bus() as b, h.Sockd(text=text, env=b.env, directory=d) as s:
            # As if its file were the default; a -c in the example comes later and overrides it.
            for name, program in [("sockd", h.SOCKD), ("sockctl", h.SOCKCTL)]:
                with open(os.path.join(d, name), "w", encoding="utf-8") as f:
                    f.write(f'#!/bin/sh\nexec {os.path.abspath(program)} -c {s.config} "$@"\n')
                os.chmod(os.path.join(d, name), 0o755)
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
    found = [(where, block.text) for where, block in printed("config")]
    assert found
    files = [(name, read(name)) for name in ("etc/demo.conf", "etc/sockd.conf", "container/sockd.conf")]
    with tempfile.TemporaryDirectory(prefix="sockd-test-") as d:
        certificates = pki.Pki(d)
        for where, text in found + files:
            if "tls = {" in text and not h.has_tls():
                continue
            code, out, err = h.run_sockd("--check", text=certificates.placed(text))
            assert (code, out, err) == (0, "", ""), (where, err)
            print(f"{where}: a config file")


if __name__ == "__main__":
    h.main()
