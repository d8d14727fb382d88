# SPDX-License-Identifier: MIT
"""A message bus for the test, with the installed policy, and the queries sent over it."""

import json
import os
import shutil
import signal
import subprocess
import tempfile

import harness as h
import servers

NAME, PATH, MANAGER = "org.sockd1", "/org/sockd1", "org.sockd1.Manager"

CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path={path}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus"/>
  </policy>
  {policy}
</busconfig>
"""


class Failed(Exception):
    """The call returned an error; this is its text."""


class Bus:
    """dbus-daemon with rules like those of the system bus. The user who runs the test may own the name."""

    def __init__(self, start=True):
        h.tool("dbus-daemon")
        self.dir = tempfile.mkdtemp(prefix="sockd-bus-")
        os.chmod(self.dir, 0o755)
        self.config = os.path.join(self.dir, "bus.conf")
        self.path = os.path.join(self.dir, "socket")
        self.env = {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.path}"}
        with open(os.path.join(h.SRCDIR, "dbus/org.sockd1.conf"), encoding="utf-8") as f:
            policy = f.read()
        policy = policy[policy.index("<policy"):policy.index("</busconfig>")]
        # The package creates the user sockd.
        policy = policy.replace('user="sockd"', f'user="{os.geteuid()}"')
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(CONFIG.format(path=self.path, policy=policy))
        self.process = None
        if start:
            self.start()

    def add_rule(self, text):
        """For the next start."""
        with open(self.config, encoding="utf-8") as f:
            config = f.read()
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(config.replace("</busconfig>", text + "</busconfig>"))

    def start(self):
        command = ["dbus-daemon", "--config-file", self.config, "--nofork", "--nopidfile",
                   "--nosyslog", "--print-address=1"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        start_new_session=True)
        assert self.process.stdout.readline(), "dbus-daemon did not start"

    def stop(self, how=signal.SIGKILL):
        self.process.send_signal(how)
        self.process.wait(h.DEADLINE)
        self.process.stdout.close()
        self.process = None
        if os.path.exists(self.path):
            os.unlink(self.path)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process:
            self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)

    # Calls.

    def busctl_command(self, *args):
        return [h.tool("busctl"), f"--address=unix:path={self.path}", *args]

    def busctl(self, *args, prefix=()):
        done = subprocess.run([*prefix, *self.busctl_command(*args)], capture_output=True,
                              timeout=h.DEADLINE, check=False, encoding="utf-8")
        if done.returncode != 0:
            raise Failed(done.stderr.strip())
        return done.stdout

    def call(self, method, *args, prefix=()):
        """The result of the method in Python's types; None if it returns nothing."""
        text = self.busctl("--json=short", "call", NAME, PATH, MANAGER, method, *args, prefix=prefix)
        return plain(json.loads(text)["data"][0]) if text.strip() else None

    def property(self, name):
        return json.loads(self.busctl("--json=short", "get-property", NAME, PATH, MANAGER, name))["data"]

    def owned(self, name=NAME):
        bus = "org.freedesktop.DBus"
        text = self.busctl("--json=short", "call", bus, "/org/freedesktop/DBus", bus, "NameHasOwner", "s", name)
        return json.loads(text)["data"][0]

    def wait_owned(self, name=NAME):
        h.wait_for(lambda: self.owned(name), f"{name} on the bus")

    def connections(self):
        """How many clients are connected to it, including this one."""
        return len(json.loads(self.busctl("--json=short", "list", "--unique")))

    def sockctl(self, *args, **keys):
        return servers.sockctl(*args, env=self.env, **keys)

    def wait_full(self, send, what):
        """Calls send(), which sends what is taken and returns whether that was nothing, until sockd takes
        no more: what it has received stays the same from one look to the next."""
        seen = [None]

        def full():
            before, seen[0] = seen[0], None
            if send():
                seen[0] = self.rows("status")["received"]
            return before is not None and before == seen[0] > 0
        h.wait_for(full, what)

    def rows(self, command):
        """The output of a command with --json."""
        r = self.sockctl(command, "--json=short")
        assert r.code == 0 and r.err == "", r
        return json.loads(r.out)


def plain(value):
    """Removes the types that busctl puts around variants."""
    if isinstance(value, dict) and set(value) == {"type", "data"}:
        return plain(value["data"])
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return [plain(v) for v in value] if isinstance(value, list) else value
