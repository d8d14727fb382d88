#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A busy sender, a quiet one, one that is turned away, and a flood of made-up addresses: the table
of peers distinguishes them, and keeps its size."""

import socket

import bus
import harness as h


def peers(b, *args):
    return b.rows("peers") if not args else h.json.loads(b.sockctl("peers", "--json=short", *args).out)


def test_loud_and_silent():
    with bus.Bus() as b, h.Sockd([h.tcp(), h.udp(reply="")], env=b.env,
                                 top="limits: { connections_per_peer = 1; };") as s:
        b.wait_owned()
        with s.connect(source=("127.0.0.2", 0)) as silent, s.connect(source=("127.0.0.3", 0)) as loud:
            silent.send(b"once\n").receipts(1)
            loud.send(b"many\n" * 1000).receipts(1000)
            with h.Client(s.address(), source=("127.0.0.3", 0)) as refused:
                assert refused.rest() == b""
            with s.datagrams(source=("127.0.0.4", 0)) as d:
                for i in range(5):
                    d.send(b"%d" % i)
                h.wait_for(lambda: b.rows("status")["received"] == 1006, "the datagrams")
            rows = {r["peer_address"]: r for r in peers(b)}
            assert [r["peer_address"] for r in peers(b)] == ["127.0.0.3", "127.0.0.4", "127.0.0.2"], "most first"
            assert (rows["127.0.0.3"]["received"], rows["127.0.0.3"]["bytes"], rows["127.0.0.3"]["refused"],
                    rows["127.0.0.3"]["connections_accepted"]) == (1000, 4000, 1, 1)
            assert (rows["127.0.0.4"]["received"], rows["127.0.0.4"]["connections_accepted"]) == (5, 0)
            by_time = peers(b, "--sort=last_seen")
            assert by_time[0]["peer_address"] == "127.0.0.2", "who was silent for longest"
            assert rows["127.0.0.2"]["first_seen_usec"] <= rows["127.0.0.2"]["last_seen_usec"] \
                <= rows["127.0.0.4"]["last_seen_usec"]
            assert [r["peer_address"] for r in peers(b, "-n", "1", "--sort=bytes")] == ["127.0.0.3"]
            assert peers(b, "-n", "0") == []
            assert peers(b, "--sort=refused")[0]["peer_address"] == "127.0.0.3"
        s.stop()


def test_several_workers():
    """The streams of one address are spread over workers, but count as one peer."""
    with bus.Bus() as b, h.Sockd(top="workers = 4;", env=b.env) as s:
        b.wait_owned()
        clients = [s.connect() for _ in range(16)]
        for c in clients:
            c.send(b"x\ny\n").receipts(2)
        rows = peers(b)
        assert [(r["peer_address"], r["received"], r["connections_accepted"]) for r in rows] == [("127.0.0.1", 32, 16)]
        assert len(b.rows("connections")) == 16
        assert [r["id"] for r in b.rows("connections")] == list(range(1, 17))
        for c in clients:
            c.close()
        s.stop()


def test_flood_of_addresses():
    with bus.Bus() as b, h.Sockd([h.tcp(), h.udp(address="*", reply="")], env=b.env) as s:
        b.wait_owned()
        with s.connect() as c:
            c.send(b"steady\n" * 50).receipts(50)
        before = s.memory_peak()
        to = ("127.0.0.1", s.port("udp"))
        sent = 0
        for i in range(12000):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as d:
                d.bind((f"127.{1 + i // 62500}.{i // 250 % 250}.{1 + i % 250}", 0))
                d.sendto(b"spoofed", to)
            sent += 1
            if sent % 1000 == 0:
                h.wait_for(lambda: b.rows("status")["received"] + b.rows("status")["kernel_drops"] == 50 + sent,
                           "all of them")
        rows = peers(b)
        assert len(rows) <= 4096 and rows[0]["peer_address"] == "127.0.0.1" and rows[0]["received"] == 50, rows[0]
        status = b.rows("status")
        assert len(rows) + status["peers_forgotten"] == 12001 - status["kernel_drops"]
        assert s.memory_peak() - before < 16 * 2**20 or h.SANITIZED
        s.stop()


if __name__ == "__main__":
    h.main()
