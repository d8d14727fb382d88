#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Another host sends to multicast groups, to the broadcast address and to this host: a listener gets what it has
joined, whatever else this host has joined. A join outlives its interface, and a reload joins and leaves."""

import json
import os
import signal
import socket

import harness as h
import networks as n

FOUR, OTHER_FOUR, SIX = "239.1.1.1", "239.1.1.2", "ff02::114"
# Where each listener is bound, what it joins, and what it gets of what is sent to its port.
MATRIX = {
    "joined": ({"address": "*", "groups": [f"{FOUR}%near", f"{SIX}%near"]}, {FOUR, SIX, n.HERE, n.BROADCAST}),
    "device": ({"address": "*", "groups": [FOUR, SIX], "interface": "near"}, {FOUR, SIX, n.HERE, n.BROADCAST}),
    "not-joined": ({"address": "*"}, {n.HERE, n.BROADCAST}),
    "group": ({"address": f"{OTHER_FOUR}%near"}, {OTHER_FOUR}),
    "group-six": ({"address": f"{SIX}%near"}, {SIX}),
    "one-address": ({"address": n.HERE}, {n.HERE}),
    "broadcast": ({"address": n.BROADCAST}, {n.BROADCAST}),
}
DESTINATIONS = (FOUR, OTHER_FOUR, SIX, n.HERE, n.BROADCAST)


def free_ports(count):
    sockets = [socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) for _ in range(count)]
    for s in sockets:
        s.bind(("::", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def at(address):
    return address + "%far" if address.startswith("ff02") else address


def test_matrix():
    ports = dict(zip(MATRIX, free_ports(len(MATRIX))))
    listeners = [h.udp(name=name, port=ports[name], **keys) for name, (keys, _) in MATRIX.items()]
    with n.FarHost() as far, h.Sockd(listeners, [h.file(format="json")]) as s:
        n_expected = sum(len(gets) for _, gets in MATRIX.values())
        far.cable()
        for name in MATRIX.keys() - {"not-joined"}:
            s.wait_line(f"listener {name}: no longer waits for ")
        assert {FOUR, OTHER_FOUR, SIX} <= n.groups("near")
        for name, port in ports.items():
            for destination in DESTINATIONS:
                far.send(at(destination), port, f"to:{destination}")
            # The last one that it gets comes behind what it must not get.
            far.send(at(sorted(MATRIX[name][1])[0]), port, "end")
        h.wait_for(lambda: h.count_lines(s.log) >= n_expected + len(MATRIX), "all records")
        s.stop()
        records = [r for r in h.json_records(s.log) if r["message"] != "end"]
        got = {name: {r["message"][3:] for r in records if r["listener"] == name} for name in MATRIX}
        assert got == {name: gets for name, (_, gets) in MATRIX.items()}, got
        for r in records:
            assert r["local_address"].partition("%")[0] == r["message"][3:], r


def test_interface_comes_again():
    """One of the same name is another one."""
    port, = free_ports(1)
    with n.FarHost() as far:
        far.cable()
        with h.Sockd([h.udp(address="*", port=port, groups=[f"{FOUR}%near", f"{SIX}%near"])]) as s:
            for _ in range(3):
                n.ip("link", "delete", "near")
                far.cable()
                h.wait_for(lambda: {FOUR, SIX} <= n.groups("near"), "the groups to be joined again")
                s.wait_line("^listener udp: (joined groups again|no longer waits)")
            far.send(FOUR, port, "four")
            far.send(SIX + "%far", port, "six")
            s.wait_records(2)
            n.ip("link", "delete", "near")
            s.wait_line("listener udp: waits for interface near")
            far.cable()
            s.wait_line("listener udp: no longer waits for interface near")
            far.send(FOUR, port, "again")
            s.wait_records(3)
            s.stop()


def test_reload():
    """Groups are joined and left by the same socket."""
    port, = free_ports(1)
    with n.FarHost() as far:
        far.cable()
        listener = {"address": "*", "port": port}
        with h.Sockd([h.udp(groups=[f"{FOUR}%near", f"{SIX}%near"], **listener)]) as s:
            h.wait_for(lambda: n.groups("near") == {FOUR, SIX}, "the groups to be joined")
            s.write_config(h.config_text([h.udp(groups=[f"{SIX}%near", f"{OTHER_FOUR}%near"], **listener)]))
            s.signal(signal.SIGHUP)
            s.wait_line("^reloaded ")
            h.wait_for(lambda: n.groups("near") == {OTHER_FOUR, SIX}, "the groups to be others")
            for group in (FOUR, OTHER_FOUR, SIX + "%far"):
                far.send(group, port, group)
            s.wait_records(2)
            s.write_config(h.config_text([h.udp(**listener)]))
            s.signal(signal.SIGHUP)
            h.wait_for(lambda: not n.groups("near"), "the groups to be left")
            s.stop()
            assert [r.text.decode() for r in s.records()] == [OTHER_FOUR, SIX + "%far"]
            assert len(h.LISTENING.findall(s.stderr)) == 2, s.stderr  # one per family


def test_too_many():
    """The kernel permits a socket twenty groups of IPv4: sockd says what to raise, and joins the rest then."""
    path = "/proc/sys/net/ipv4/igmp_max_memberships"
    if not os.access(path, os.W_OK):
        raise h.Skip(f"{path} cannot be written")
    with open(path, encoding="ascii") as f:
        limit = int(f.read())
    names = {f"239.2.0.{i + 1}" for i in range(limit + 1)}
    with h.Sockd([h.udp(address="*", groups=[f"{g}%lo" for g in sorted(names)])]) as s:
        s.wait_line(r"waits for group 239\.2\.0\.\d+ \(No buffer space available; "
                    r"raise net\.ipv4\.igmp_max_memberships\)")
        assert len(n.groups("lo")) == limit
        with open(path, "w", encoding="ascii") as f:
            f.write(str(limit + 1))
        s.wait_line("no longer waits for group")
        assert n.groups("lo") == names
        s.stop()


def test_route_decides():
    """Without an interface; while there is no route, it waits for one."""
    with n.FarHost() as far, h.Sockd([h.udp(address="*", groups=[FOUR])]) as s:
        s.wait_line(f"listener udp: waits for a route to {FOUR}")
        far.cable()
        n.ip("route", "add", "239.0.0.0/8", "dev", "near")
        s.wait_line(f"listener udp: no longer waits for a route to {FOUR}")
        h.wait_for(lambda: n.groups("near") == {FOUR}, "the group to be joined")
        n.ip("link", "delete", "near")
        far.cable()
        n.ip("route", "add", "239.0.0.0/8", "dev", "near")
        h.wait_for(lambda: n.groups("near") == {FOUR}, "the group to be joined again")
        s.stop()


def test_printed():
    """A group as address is one of the groups."""
    with h.Sockd([h.udp(address=f"{FOUR}%lo"), h.udp(name="any", address="*", groups=(SIX,), interface="lo")]) as s:
        text = h.subprocess.run([h.SOCKD, "--config", s.config, "--print-config"], check=True,
                                stdout=h.subprocess.PIPE).stdout.decode()
        assert f'groups = [ {json.dumps(FOUR + "%lo")} ];' in text, text
        assert f'groups = [ "{SIX}" ];' in text and 'interface = "lo";' in text, text
        s.stop()


if __name__ == "__main__":
    h.in_namespace()
    h.loopback_up()
    h.main()
