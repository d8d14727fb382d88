# SPDX-License-Identifier: MIT
"""What the tests of the installed package share: the machine as its administrator sees it. Every wait is for a state of
it and has a deadline."""

import contextlib
import json
import os
import re
import select
import subprocess
import sys
import time

UNIT = "sockd.service"
SOCKET_UNIT = "sockd.socket"
CONFIG = "/etc/sockd.conf"
LOG = "/var/log/sockd/messages.log"
DEADLINE = 120
# As little as tells a machine that works from one that does not; "long" is what the project promises.
ROUNDS = os.environ.get("SOCKD_TEST_ROUNDS", "")


def rounds(short, long):
    """How often to repeat something: SOCKD_TEST_ROUNDS is a number, or "long"."""
    return int(ROUNDS) if ROUNDS.isdigit() else long if ROUNDS == "long" else short


def run(*command, check=True, **keys):
    """A command's (exit status, standard output, standard error)."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
                          timeout=2 * DEADLINE, check=False, **keys)
    if check and done.returncode:
        raise AssertionError(f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.returncode, done.stdout, done.stderr


def output(*command, **keys):
    return run(*command, **keys)[1]


def systemctl(*arguments, **keys):
    return run("systemctl", "--no-pager", *arguments, **keys)


def show(name, unit=UNIT):
    """A property of a unit."""
    return output("systemctl", "show", "--value", "-p", name, unit).strip()


def main_pid():
    return int(show("MainPID"))


def wait_for(condition, what, timeout=DEADLINE):
    """Until condition() is true; returns what it returned."""
    end = time.monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain for {what}")
        select.select([], [], [], 0.02)


def wait_state(state, unit=UNIT):
    wait_for(lambda: show("ActiveState", unit) == state, f"{unit} to be {state}")


def status(lines=10):
    """What an administrator sees; lines of the journal after everything sent so far has arrived."""
    if lines:
        run("journalctl", "--sync", check=False)
    return run("systemctl", "--no-pager", "--full", f"--lines={lines}", "status", UNIT, check=False)[1]


def journal(*arguments):
    """Entries of the unit as dictionaries, after everything sent so far has arrived."""
    run("journalctl", "--sync", check=False)
    lines = output("journalctl", "--no-pager", "--output=json", f"--unit={UNIT}", *arguments).splitlines()
    return [json.loads(line) for line in lines]


def recorded(number, *arguments):
    """The entry of a message, which may come after its receipt: that is for the file."""
    (entry,) = wait_for(lambda: journal(f"SOCKD_ID={number}", *arguments), f"the entry of {number}")
    return entry


def cursor():
    """The end of the journal, for journal("--after-cursor", …)."""
    run("journalctl", "--sync", check=False)
    return re.search(r"^-- cursor: (.*)$", output("journalctl", "--lines=0", "--show-cursor"), re.M).group(1)


def diagnostics():
    """The last lines of the units in the journal, without the messages of a load."""
    lines = run("journalctl", "--no-pager", "--lines=20000", "--output=short-precise", f"--unit={UNIT}",
                f"--unit={SOCKET_UNIT}", check=False)[1].splitlines()
    return [line for line in lines if not re.search(r"sockd\[\d+\]: [0-9.:\[\]a-f]+:\d+ ", line)][-15:]


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def to_socket():
    """As README.Debian tells."""
    systemctl("disable", "--now", UNIT)
    systemctl("enable", "--now", SOCKET_UNIT)


def to_service():
    """And back."""
    systemctl("disable", "--now", SOCKET_UNIT)
    systemctl("stop", UNIT)
    systemctl("enable", "--now", UNIT)


def drop_in(name, text, unit=UNIT):
    """Adds settings to a unit until undo() of what is returned."""
    path = f"/run/systemd/system/{unit}.d/{name}.conf"
    write(path, text)
    systemctl("daemon-reload")

    def undo():
        os.unlink(path)
        with contextlib.suppress(OSError):
            os.rmdir(os.path.dirname(path))  # others may have settings there
        systemctl("daemon-reload")
    return undo


def package_file():
    """The package itself, out of the archive it was installed from."""
    directory = os.environ.get("AUTOPKGTEST_TMP", "/tmp")
    run("apt-get", "download", "sockd", cwd=directory)
    found = [name for name in os.listdir(directory) if name.startswith("sockd_") and name.endswith(".deb")]
    assert len(found) == 1, found
    return os.path.join(directory, found[0])


def install(deb):
    """As an upgrade, or as a first installation; never asks."""
    run("dpkg", "--force-confold", "--install", deb, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


def sockctl(*arguments, **keys):
    return run("sockctl", *arguments, check=False, **keys)


def main(*tests):
    """Runs the tests in order, those named on the command line if any; the last line tells what was measured."""
    tests = [test for test in tests if test.__name__ in sys.argv[1:]] or tests
    measured, config = [], read(CONFIG)
    try:
        run_all(tests, measured)
    except BaseException:
        mend(config)
        raise
    print("; ".join(measured) or f"{len(tests)} parts", flush=True)
    sys.exit(0)


def mend(config):
    """For the tests that follow a failed one on the same machine."""
    if os.path.exists("/usr/sbin/sockd"):
        write(CONFIG, config)
        os.chmod(CONFIG, 0o644)
        for command in (("disable", "--now", SOCKET_UNIT), ("enable", UNIT), ("restart", UNIT)):
            systemctl(*command, check=False)


def run_all(tests, measured):
    for test in tests:
        begin = time.monotonic()
        try:
            result = test()
        except BaseException:
            print(f"--- {test.__name__} failed ---", status(lines=0), *diagnostics(), sep="\n", flush=True)
            raise
        print(f"{test.__name__}: ok in {time.monotonic() - begin:.1f} s{': ' + result if result else ''}", flush=True)
        if result:
            measured.append(result)
