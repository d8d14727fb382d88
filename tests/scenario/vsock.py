#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A vsock listener, as virtual machines and their host reach each other, here over the loopback of vsock: receipts, and
records that name the machine. Where the kernel has no such loopback, only what is said about that is looked at."""

import re
import socket

import bus
import harness as h


def loopback():
    """Skips the test where it is not there."""
    try:
        with socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM) as s:
            s.bind((1, socket.VMADDR_PORT_ANY))
            s.listen()
            port = s.getsockname()[1]
            with socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM) as c:
                c.settimeout(h.DEADLINE)
                c.connect((1, port))
    except OSError as error:
        raise h.Skip(f"no vsock_loopback: {error}") from error


class Machine(h.Client):
    """A client in the machine with CID 1, which is this one."""

    def __init__(self, s):  # pylint: disable=super-init-not-called
        port = int(s.wait_line(r"listening on vsock:\S*:(\d+) \(vsock\)").group(1))
        self.socket = socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)
        self.socket.settimeout(h.DEADLINE)
        self.socket.connect((1, port))
        self.pending = b""
        s.clients.append(self)

    @property
    def name(self):
        return b"vsock:%d:%d" % self.socket.getsockname()


def test_receipts_and_records():
    loopback()
    with h.Sockd([h.vsock()], [h.file(), h.file(path="@DIR@/log.json", format="json")]) as s:
        with Machine(s) as c:
            (one,) = c.send(b"hello\n").receipts(1)
            (record,) = s.records()
            assert (record.peer, record.id, record.text) == (c.name, one, b"hello"), record
            cid, port = c.socket.getsockname()
        (line,) = h.json_records(s.path("log.json"))
        expected = {"protocol": "vsock", "peer_address": f"vsock:{cid}", "peer_port": port, "message": "hello"}
        assert {k: line.get(k) for k in expected} == expected, line
        s.stop()


def test_lists():
    loopback()
    cases = [({"allow": ["vsock:1"]}, True), ({"allow": ["vsock:3"]}, False), ({"deny": ["vsock:1"]}, False)]
    for keys, allowed in cases:
        with h.Sockd([h.vsock(**keys)]) as s:
            with Machine(s) as c:
                try:
                    got = c.send(b"hello\n").line()
                except OSError:
                    got = b""
            assert bool(h.RECEIPT.fullmatch(got)) == allowed, (keys, got)
            s.stop()


def test_reload_and_end():
    loopback()
    with bus.Bus() as b, h.Sockd([h.vsock(name="one")], env=b.env) as s:
        b.wait_owned()
        with Machine(s) as c:
            c.send(b"a\n").receipts(1)
            (row,) = b.rows("connections")
            assert row["peer_address"] == "vsock:1", row
            s.reload([h.vsock(name="one"), h.tcp()])
            c.send(b"b\nc").finish()
            assert len(h.ids_of(c.rest())) == 2
        s.stop()
        assert s.counters()["one"].recorded == 3


def test_config():
    cases = [([h.vsock(address="127.0.0.1")], 'address: only for protocol "tcp"'),
             ([h.tcp(cid=1)], 'cid: only for protocol "vsock"'),
             ([h.tcp(port=70000)], "port: 70000 is out of range, must be 0 to 65535"),
             ([h.vsock(port=2**32 - 1)], "port: "),
             ([h.vsock(allow=["127.0.0.1"])], "a virtual machine such as vsock:3")]
    for listeners, text in cases:
        code, _, err = h.run_sockd("--check", text=h.config_text(listeners))
        assert code == 78 and text in err, (text, err)
    code, _, err = h.run_sockd("--check", text=h.config_text([h.vsock(port=70000, allow=["vsock:3"])]))
    assert code == 0, err


def test_cannot_be():
    """One line for each reason."""
    for keys, reason in [({"cid": 4242}, "this machine has another CID, or none|the kernel has no vsock")]:
        code, _, err = h.run_sockd(text=h.config_text([h.vsock(**keys)], [h.file(path="/dev/null")]))
        said = [line for line in err.splitlines() if "vsock" in line]
        assert code != 0 and len(said) == 1 and re.search(reason, said[0]), (code, err)


if __name__ == "__main__":
    h.main()
