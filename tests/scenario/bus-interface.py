#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A program queries sockd over the bus: the interface is exactly the one installed as XML, every
key is in the manual, and any user may read while only root may make changes."""

import os
import re
import shutil
import socket
import xml.etree.ElementTree as ET

import bus
import harness as h

CHANGES = (("Reload",), ("Reopen",), ("Disconnect", "at", "0"))
READS = (("GetStatus",), ("ListListeners",), ("ListOutputs",), ("ListPeers",), ("ListConnections", "tu", "0", "10"))


def members(interface):
    """Everything that a program could rely on, regardless of the order of members."""
    found = {}
    for e in interface:
        if e.tag not in ("method", "signal", "property"):
            continue
        args = [tuple(sorted(a.attrib.items())) for a in e.findall("arg")]
        notes = sorted((a.get("name"), a.get("value")) for a in e.findall("annotation")
                       if a.get("name") != "org.freedesktop.systemd1.Privileged")
        found[e.tag, e.get("name")] = (tuple(sorted(e.attrib.items())), args, notes)
    return found


def test_xml():
    installed = ET.parse(os.path.join(h.SRCDIR, "dbus/org.sockd1.Manager.xml")).getroot()
    assert installed.get("name") == bus.PATH
    with bus.Bus() as b, h.Sockd(env=b.env) as s:
        b.wait_owned()
        running = ET.fromstring(b.busctl("introspect", "--xml-interface", bus.NAME, bus.PATH))
        of = {e.get("name"): members(e) for e in running.iter("interface")}
        assert of[bus.MANAGER] == members(installed.find("interface")), of[bus.MANAGER]
        assert {n for n in of if n.startswith("org.sockd1")} == {bus.MANAGER}
        s.stop()


def test_every_key_is_in_the_manual():
    with open(os.path.join(h.SRCDIR, "man/org.sockd1.5"), encoding="utf-8") as f:
        words = set(re.findall(r"[a-z_0-9]+", " ".join(re.findall(r"Va (.*)", f.read()))))
    local = h.settings(name="local", protocol="unix-stream", path="@DIR@/local")
    with bus.Bus() as b, h.Sockd([h.tcp(), local], env=b.env) as s, s.connect() as c, \
            socket.socket(socket.AF_UNIX) as other:
        c.send(b"x\n").receipts(1)
        other.connect(s.path("local"))
        other.sendall(b"x\n")
        assert other.recv(100).startswith(b"ok ")
        b.wait_owned()
        for read in READS:
            answer = b.call(*read)
            rows = answer if isinstance(answer, list) else [answer]
            assert rows, read
            missing = set().union(*rows) - words
            assert not missing, (read, missing)
        s.stop()


def test_properties():
    with bus.Bus() as b, h.Sockd(env=b.env, top='log_level = "warning";') as s:
        b.wait_owned()
        status = b.call("GetStatus")
        assert (b.property("Version"), b.property("State"), b.property("LogLevel")) == \
            (status["version"], status["state"], status["log_level"]) == (status["version"], "running", "warning")
        for level in ("error", "debug", "info"):
            b.busctl("set-property", bus.NAME, bus.PATH, bus.MANAGER, "LogLevel", "s", level)
            assert b.property("LogLevel") == level
        for level in ("", "notice", "DEBUG", "7", "warnin"):
            try:
                b.busctl("set-property", bus.NAME, bus.PATH, bus.MANAGER, "LogLevel", "s", level)
                raise AssertionError(f"took {level!r}")
            except bus.Failed:
                assert b.property("LogLevel") == "info"
        s.stop()


def test_who_may_do_what():
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        raise h.Skip("needs root, who becomes somebody else")
    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    with bus.Bus() as b, h.Sockd(env=b.env) as s:
        b.wait_owned()
        for read in READS:
            b.call(*read, prefix=nobody)
        b.busctl("get-property", bus.NAME, bus.PATH, bus.MANAGER, "State", prefix=nobody)
        for change in CHANGES:
            b.call(*change)
            try:
                b.call(*change, prefix=nobody)
                raise AssertionError(f"nobody may {change}")
            except bus.Failed as e:
                assert "denied" in str(e) or "not permitted" in str(e), e
        try:
            b.busctl("set-property", bus.NAME, bus.PATH, bus.MANAGER, "LogLevel", "s", "debug", prefix=nobody)
            raise AssertionError("nobody may set the log level")
        except bus.Failed:
            assert b.property("LogLevel") == "info"
        s.stop()


def test_arguments_of_an_enemy():
    with bus.Bus() as b, h.Sockd(env=b.env) as s, s.connect() as c:
        c.send(b"x\n").receipts(1)
        b.wait_owned()
        assert b.call("ListConnections", "tu", "0", "0") == []
        assert len(b.call("ListConnections", "tu", "0", str(2**32 - 1))) == 1
        assert b.call("ListConnections", "tu", str(2**64 - 1), "5") == []
        assert b.call("Disconnect", "at", "3", "0", str(2**64 - 1), "77") == [0, 77, 2**64 - 1]
        many = [str(i) for i in range(1000, 6000)]
        assert b.call("Disconnect", "at", str(len(many)), *many) == [int(i) for i in many]
        c.send(b"y\n").receipts(1)
        s.stop()


if __name__ == "__main__":
    h.main()
