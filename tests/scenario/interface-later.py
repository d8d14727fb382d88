#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Listeners have an interface that does not exist: sockd says that they wait for it, the others serve meanwhile, and
once it comes so do they. One that has gone is waited for again, and one of the same name is another interface."""

import signal
import socket
import subprocess

import bus
import harness as h
import networks as n

PORT = 9191
WAITING = {"device": "interface near", "local": "interface near", "group": "interface near"}
LATER = [h.tcp(name="device", address="*", port=PORT, interface="near"),
         h.udp(name="local", address=f"{n.LOCAL}%near", port=PORT),
         h.udp(name="group", address="ff15::1%near", port=PORT)]


def local():
    """With the number that the interface has now."""
    return socket.getaddrinfo(f"{n.LOCAL}%near", PORT, socket.AF_INET6, socket.SOCK_DGRAM)[0][4]


def lines_of(s, name):
    return [line for line in s.stderr.splitlines() if line.startswith(f"listener {name}: ")]


def test_start_and_waits():
    with bus.Bus() as b, n.FarHost() as far, h.Sockd([h.tcp(), *LATER], env=b.env) as s:
        b.wait_owned()
        with s.connect() as c:
            c.send(b"meanwhile\n").receipts(1)
        assert {r["listener"]: r["waits"] for r in b.rows("listeners")} == {"tcp": "", **WAITING}
        assert b"waits for interface near" in b.sockctl("listeners").out
        assert b"waits for interface near" in b.sockctl("status").out
        assert b'sockd_listener_up{listener="device",protocol="tcp"} 0\n' in b.sockctl("metrics").out
        s.wait_told("; listener device waits for interface near; listener local waits for interface near")
        far.cable()
        for name in WAITING:
            s.wait_line(f"^listener {name}: no longer waits for interface near$")
            assert len([line for line in lines_of(s, name) if "waits" in line]) == 2, s.stderr
        rows = {r["listener"]: r for r in b.rows("listeners")}
        assert not any(r["waits"] for r in rows.values()), rows
        assert rows["device"]["interface"] == "near" and rows["device"]["groups"] == []
        assert rows["group"]["groups"] == ["ff15::1%near"] and rows["group"]["addresses"] == [f"[ff15::1]:{PORT}"]
        far.send(f"{n.LOCAL}%far", PORT, "local")
        far.send("ff15::1", PORT, "group")
        s.wait_records(3)
        s.stop()
        assert not s.counters()["device"].received


def test_device():
    """TCP and UDP of one interface only; "lo" is another one."""
    with h.Sockd([h.tcp(address="*", interface="lo"), h.udp(address="*", interface="lo")]) as s, n.FarHost() as far:
        with s.connect() as c, s.datagrams() as d:
            c.send(b"hello\n").receipts(1)
            h.receipt_id(d.ask(b"a datagram that is long enough"))
        far.cable()
        far.send(n.HERE, s.port("udp"), "elsewhere")
        with s.datagrams() as d:
            h.receipt_id(d.ask(b"a datagram that is long enough"))
        s.stop()
        assert s.counters()["udp"].received == 2


def test_goes_and_comes():
    with n.FarHost() as far:
        far.cable()
        with h.Sockd([h.tcp(), *LATER]) as s:
            for count in range(1, 4):
                far.send(f"{n.LOCAL}%far", PORT, f"local-{count}")
                s.wait_records(count)
                opened = s.stderr.count("listener local: listening on")
                n.ip("link", "delete", "near")
                if count == 1:  # seen without it
                    s.wait_line("^listener local: waits for interface near$")
                far.cable()
                h.wait_for(lambda before=opened: s.stderr.count("listener local: listening on") > before, "it again")
            with s.connect() as c:
                c.send(b"all the time\n").receipts(1)
            s.stop()


def test_reload():
    """Accepts it, and a change of the interface is another socket; what waits no longer exists at the end."""
    with h.Sockd([h.tcp(name="moves", address="*", port=PORT, interface="lo")]) as s:
        with h.Client(("127.0.0.1", PORT)) as c:
            c.send(b"hello\n").receipts(1)
        for interface in ("near", "lo", ""):
            s.write_config(h.config_text([h.tcp(name="moves", address="*", port=PORT, interface=interface)]))
            before = s.stderr.count("reloaded ")
            s.signal(signal.SIGHUP)
            h.wait_for(lambda n=before: s.stderr.count("reloaded ") > n, "the reload")
            if interface == "near":
                s.wait_line("^listener moves: waits for interface near$")
                try:
                    h.Client(("127.0.0.1", PORT)).close()
                    raise AssertionError("it listens")
                except ConnectionRefusedError:
                    pass
            else:
                with h.Client(("127.0.0.1", PORT)) as c:
                    c.send(b"hello\n").receipts(1)
        s.wait_line("^listener moves: no longer waits for interface near$")
        s.stop()
        assert s.counters()["moves"].received == 3


def test_check():
    """A file that names it is good."""
    with h.Sockd([h.tcp(), *LATER]) as s:
        assert subprocess.run([h.SOCKD, "--check", "--config", s.config], check=False).returncode == 0
        s.stop()


def test_port_is_taken():
    """When the interface comes, another program has the port: said once, and tried until it has gone."""
    with n.FarHost() as far, h.Sockd([h.tcp(), h.tcp(name="device", address=n.HERE, port=PORT, interface="near")]) as s:
        with socket.socket() as other:
            other.setsockopt(socket.IPPROTO_IP, 15, 1)  # IP_FREEBIND
            other.bind((n.HERE, PORT))
            other.listen()
            far.cable()
            s.wait_line(rf"^listener device: cannot listen on {n.HERE}:{PORT} \(tcp\): "
                        "Address already in use; retrying every second$")
            with s.connect() as c:
                c.send(b"meanwhile\n").receipts(1)
        s.wait_line("^listener device: no longer waits for interface near$")
        s.stop()
        assert len(lines_of(s, "device")) == 5, s.stderr


if __name__ == "__main__":
    h.in_namespace()
    h.loopback_up()
    h.main()
