#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""limits.message_rate_per_peer is small: a stream that sends more waits and loses nothing, datagrams that are more are
refused, another address does not notice, and two lines tell when it began and ended. limits.connection_rate makes
connections wait, until their listener leaves; above limits.connection_rate_per_peer they are closed."""

import signal
import socket

import bus
import harness as h

RATE = 200


def limits(**keys):
    return "limits = { " + " ".join(f"{k} = {v};" for k, v in keys.items()) + " };"


def test_stream_waits():
    with h.Sockd(top=limits(message_rate_per_peer=RATE)) as s:
        with s.connect() as a, s.connect() as b:
            for i in range(4 * RATE):
                (a, b)[i % 2].send(b"%d\n" % i)
            # The burst is answered; then they are held back, while another address is not.
            s.wait_line(r"begins to hold back 127\.0\.0\.1 \(limits\.message_rate_per_peer, 200\)")
            with h.Client(s.address(), source=("127.0.0.9", 0)) as other:
                other.send(b"another address\n").receipts(1)
            ids = a.receipts(2 * RATE) + b.receipts(2 * RATE)
        assert len(set(ids)) == 4 * RATE
        assert sorted(ids) == sorted(r.id for r in s.records() if r.text != b"another address")
        s.wait_line("no peer is held back any more: held back for [0-9]+ s in all, 0 lost, 0 datagrams refused")
        assert s.stderr.count("hold back") == 1, s.stderr
        s.stop()


def test_reset_while_held_back():
    """What a peer has sent before it reset the connection is recorded, as slowly as before."""
    for reply in ("", None):
        keys = {} if reply is None else {"reply": reply}
        with h.Sockd([h.tcp(**keys)], top=limits(message_rate_per_peer=RATE)) as s:
            with s.connect() as c:
                c.send(b"0123456789 0123456789\n" * (3 * RATE))
                s.wait_line("begins to hold back")
                c.reset()
            h.wait_for(lambda s=s: h.count_lines(s.log) == 3 * RATE, "the rest")
            s.wait_line("no peer is held back any more")
            s.stop()


def test_limit_removed():
    """A reload that removes the limit ends the wait."""
    with h.Sockd(top=limits(message_rate_per_peer=1)) as s, s.connect() as c:
        c.send(b"\n" * 5000)
        s.wait_line("begins to hold back")
        s.write_config(h.config_text())
        s.signal(signal.SIGHUP)
        c.receipts(5000)
        s.stop()


def test_datagrams_are_refused():
    """As many as the limit are recorded and answered; the rest is counted, and has no answer."""
    n = 20
    with h.Sockd([h.udp()], top=limits(message_rate_per_peer=1)) as s:
        with s.datagrams() as c, h.Datagrams(s.address("udp"), source=("127.0.0.9", 0)) as other:
            for i in range(n):
                c.send(b"%30d" % i)
            assert h.RECEIPT.fullmatch(other.ask(b"%30d" % n))
            assert h.RECEIPT.fullmatch(c.receive())
        s.wait_line(r"begins to hold back 127\.0\.0\.1 ")
        s.stop()
        counters = s.counters()["udp"]
        assert counters.received == n + 1 and counters.recorded + counters.refused == n + 1, counters
        assert counters.recorded == len(s.records()) < n, counters


def is_served(c):
    """Whether a message is answered; otherwise the connection is closed or reset."""
    try:
        return bool(h.RECEIPT.fullmatch(c.send(b"x\n").line()))
    except OSError:
        return False


def test_connections_per_peer():
    """A burst of ten, then one a second: they are told apart by what happens, not by the time."""
    with h.Sockd(top=limits(connection_rate_per_peer=1)) as s:
        served = refused = 0
        while refused == 0:
            with s.connect() as c:
                if is_served(c):
                    served += 1
                else:
                    refused += 1
        assert served >= 10, served
        s.wait_line(r"127\.0\.0\.1:[0-9]+: limits\.connection_rate_per_peer \(1\) reached, connection rejected")
        with h.Client(s.address(), source=("127.0.0.9", 0)) as other:
            other.send(b"another address\n").receipts(1)
        s.stop()


def test_connections_wait():
    """Two a second: none is refused, all are served, also after a reload that lifts the limit."""
    with h.Sockd(top=limits(connection_rate=2)) as s:
        for _ in range(5):
            with s.connect() as c:
                c.send(b"x\n").receipts(1)
        clients = [s.connect() for _ in range(20)]
        s.write_config(h.config_text())
        s.signal(signal.SIGHUP)
        for c in clients:
            c.send(b"x\n").receipts(1)
            c.close()
        s.stop()
        assert s.counters()["tcp"].recorded == 25


def test_waiting_where_nobody_listens_any_more():
    """What the limits do not permit when a socket is closed is refused, counted and told, not reset unseen."""
    for keys in ({"connection_rate": 2}, {"connections": 2}):
        with bus.Bus() as b, h.Sockd(top=limits(**keys), env=b.env) as s:
            b.wait_owned()
            clients = [s.connect() for _ in range(20)]
            for c in clients[:2]:
                c.send(b"x\n").receipts(1)
            with socket.create_server(("127.0.0.1", 0)) as taken:
                port = taken.getsockname()[1]
            s.write_config(h.config_text([h.tcp(port=port)], top=limits(**keys)))
            s.signal(signal.SIGHUP)
            s.wait_line("reloaded")
            s.wait_line(r"limits\.%s \(2\) reached, connection rejected" % next(iter(keys)))
            refused = 18 - sum(is_served(c) for c in clients[2:])
            h.wait_for(lambda b=b, n=refused: b.rows("listeners")[0]["connections_refused"] == n,
                       f"{refused} refused connections")
            assert refused >= 10, refused
            s.stop()


if __name__ == "__main__":
    h.main()
