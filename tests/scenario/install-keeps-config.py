#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A user installs from source, edits sockd.conf, installs again and uninstalls: the edited file stays as it is, the new
one is put beside it, and one line says so. A file that was not edited is replaced and removed like all others."""

import os
import pathlib
import subprocess
import tempfile

import harness as h

SHIPPED = pathlib.Path(h.SRCDIR, "etc/sockd.conf").read_bytes()


def make(target, root):
    """What it said about the config file."""
    # Not a part of the make that runs the tests.
    own = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    done = subprocess.run(["make", "-s", "-C", os.path.dirname(h.SOCKD), target, f"DESTDIR={root}", "sysconfdir=/etc"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, env=own, timeout=h.DEADLINE * 6,
                          check=False)
    assert done.returncode == 0, done
    return [line for line in done.stdout.splitlines() if "sockd.conf was" in line]


def test_edited_file_stays():
    with tempfile.TemporaryDirectory(prefix="sockd-test-") as root:
        config, new = pathlib.Path(root, "etc/sockd.conf"), pathlib.Path(root, "etc/sockd.conf.new")
        assert make("install", root) == [] and config.read_bytes() == SHIPPED and not new.exists()
        assert make("install", root) == [] and config.read_bytes() == SHIPPED and not new.exists()

        edited = SHIPPED + b"log_level = \"debug\";\n"
        config.write_bytes(edited)
        assert make("install", root) == [f"{config} was changed and stays; the new one is {new}"]
        assert config.read_bytes() == edited and new.read_bytes() == SHIPPED
        assert make("uninstall", root) == [f"{config} was changed and stays"]
        left = [path for path in pathlib.Path(root).rglob("*") if not path.is_dir()]
        assert left == [config] and config.read_bytes() == edited, left

        # The user gives in: what is beside it is no longer of use.
        make("install", root)
        config.write_bytes(SHIPPED)
        assert make("install", root) == [] and not new.exists()
        assert make("uninstall", root) == [] and not config.exists()


if __name__ == "__main__":
    h.main()
