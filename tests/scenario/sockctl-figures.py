#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An operator queries a sockd that has had all kinds of traffic: status, the lists, --json, metrics
and the bus itself show the same figures, and these match what the clients have seen."""

import json
import re

import bus
import harness as h
import servers

# A line of the text format: name{labels} value.
SAMPLE = re.compile(r'([a-z_][a-z0-9_]*)(\{(?:[a-z_]+="(?:[^"\\\n]|\\\\|\\"|\\n)*",?)*\})? (\d+(?:\.\d+)?)')
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')


def traffic(s):
    """Some of each kind of traffic, then none."""
    with s.connect() as c, s.connect("counted") as bad, s.datagrams("udp") as d:
        c.send(b"one\ntwo two\n" + b"x" * 100 + b"\n").receipts(2)
        assert c.line().endswith(b"truncated\n")
        bad.send(b"nonsense").rest()
        d.ask(b"a datagram with room for its receipt, whatever that will be")
    s.connect().close()


def metrics(b):
    """{(name, labels): value}, after checking everything that a parser could object to."""
    r = b.sockctl("metrics")
    assert r.code == 0 and r.err == "", r
    found, helped, typed, current = {}, set(), {}, None
    text = r.out.decode()
    assert text.endswith("\n") and "\r" not in text
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name, words = line[7:].split(" ", 1)
            assert name not in helped and words, line
            helped.add(name)
        elif line.startswith("# TYPE "):
            name, kind = line[7:].split(" ")
            assert name in helped and name not in typed, line
            typed[name] = kind
            current = name
            assert (kind == "counter") == name.endswith("_total"), line
        else:
            m = SAMPLE.fullmatch(line)
            assert m, line
            family = re.sub("_(bucket|sum|count)$", "", m[1]) if typed[current] == "histogram" else m[1]
            assert family == current, f"{line} stands behind {current}"
            key = m[1], tuple(sorted(LABEL.findall(m[2] or "")))
            assert key not in found, line
            found[key] = float(m[3])
    assert helped == set(typed)
    return found


def of(found, name, **labels):
    """The one sample of this name whose labels include these."""
    values = [v for (n, has), v in found.items() if n == name and set(labels.items()) <= set(has)]
    assert len(values) == 1, (name, labels, values)
    return values[0]


LISTENERS = [h.tcp(), h.tcp(name="counted", framing="octet-counted"), h.udp()]
COUNTERS = ("received", "recorded", "refused", "failed", "bytes", "truncated", "timed_out", "cut_off",
            "bytes_skipped", "bad_frames", "syslog_bad", "kernel_drops", "connections_accepted", "connections_refused",
            "connections_denied", "datagrams_denied", "accept_errors", "unanswerable", "descriptors_refused",
            "handshakes", "handshakes_failed", "handshakes_not_tls", "handshakes_version", "handshakes_certificate",
            "handshakes_refused", "handshakes_timed_out")


def test_same_figures_everywhere():
    with bus.Bus() as b, h.Sockd(LISTENERS, [h.file(), h.file(path="@DIR@/drop.json", format="json",
                                                              when_full="drop")],
                                 top="limits: { message_size = 64; };", env=b.env) as s:
        b.wait_owned()
        traffic(s)

        def at_rest():
            status = b.call("GetStatus")
            outputs = b.call("ListOutputs")
            return status["waiting"] == 0 and status["connections"] == 0 and \
                all(o["buffer_bytes"] == 0 and o["recorded"] == status["recorded"] for o in outputs)
        h.wait_for(at_rest, "rest")

        direct, listeners, outputs = b.call("GetStatus"), b.call("ListListeners"), b.call("ListOutputs")
        shown = b.rows("status")
        assert shown == {**direct, "listeners": listeners, "outputs": outputs}
        assert b.rows("listeners") == listeners and b.rows("outputs") == outputs
        assert b.rows("peers") == b.call("ListPeers")
        assert b.rows("connections") == b.call("ListConnections", "tu", "0", "100") == []
        found = metrics(b)
        for row in listeners:
            assert row["received"] == sum(row[k] for k in ("recorded", "refused", "failed", "waiting"))
            for key in COUNTERS:
                assert of(found, f"sockd_listener_{key}_total", listener=row["listener"]) == row[key], key
            for key in ("waiting", "connections"):
                assert of(found, f"sockd_listener_{key}", listener=row["listener"]) == row[key], key
            name = "sockd_listener_receipt_latency_seconds"
            assert of(found, f"{name}_count", listener=row["listener"]) == row["receipts"]
            assert of(found, f"{name}_bucket", listener=row["listener"], le="+Inf") == row["receipts"]
            assert of(found, f"{name}_sum", listener=row["listener"]) == row["receipt_latency_sum_usec"] / 1e6
            below = 0
            for bound, n in zip(row["receipt_latency_bounds_usec"], row["receipt_latency_counts"]):
                below += n
                le = f"{bound / 1e6:.6f}".rstrip("0").rstrip(".")
                assert of(found, f"{name}_bucket", listener=row["listener"], le=le) == below
        for row in outputs:
            for key in ("recorded", "dropped", "failed", "damaged_files"):
                assert of(found, f"sockd_output_{key}_total", output=row["output"]) == row[key], key
            for key in ("buffer_bytes", "buffer_max_bytes"):
                assert of(found, f"sockd_output_{key}", output=row["output"]) == row[key], key
            assert of(found, "sockd_output_up", output=row["output"]) == 1
        peers = b.call("ListPeers")
        assert [row["peer_address"] for row in peers] == ["127.0.0.1"]
        assert of(found, "sockd_peer_last_seen_timestamp_seconds", peer="127.0.0.1") == \
            peers[0]["last_seen_usec"] / 1e6
        for key in COUNTERS:
            assert direct[key] == sum(row[key] for row in listeners), key
            assert of(found, f"sockd_{key}_total") == direct[key], key
        for key in ("waiting", "connections", "connections_max", "greeting", "tls_connections"):
            assert of(found, f"sockd_{key}") == direct[key], key

        # … and they are what the clients have seen.
        by_name = {row["listener"]: row for row in listeners}
        assert (by_name["tcp"]["received"], by_name["tcp"]["recorded"], by_name["tcp"]["truncated"],
                by_name["tcp"]["receipts"], by_name["tcp"]["bytes"]) == (3, 3, 1, 3, 3 + 7 + 100)
        assert (by_name["counted"]["bad_frames"], by_name["counted"]["received"]) == (1, 0)
        assert (by_name["udp"]["received"], by_name["udp"]["receipts"]) == (1, 1)
        s.stop()
        for name, c in s.counters().items():
            assert (c.received, c.recorded, c.refused, c.failed, c.truncated, c.bad_frames, c.lost) == \
                tuple(by_name[name][k] for k in ("received", "recorded", "refused", "failed", "truncated",
                                                 "bad_frames", "kernel_drops"))


def test_tables():
    with bus.Bus() as b, h.Sockd(LISTENERS, env=b.env) as s, s.connect() as c:
        b.wait_owned()
        c.send(b"one\ntwo\n").receipts(2)
        listeners = b.sockctl("listeners").out.decode().splitlines()
        assert listeners[0].split()[:3] == ["LISTENER", "ADDRESS", "OPEN"], listeners
        assert listeners[-1] == "3 listeners listed."
        assert listeners[1].split()[:5] == ["tcp", f"127.0.0.1:{s.port()}", "1", "2", "2"] and \
            listeners[1].endswith("  tcp"), listeners
        bare = b.sockctl("--no-legend", "listeners").out.decode().splitlines()
        assert [line.split()[0] for line in bare] == ["tcp", "counted", "udp"]
        outputs = b.sockctl("outputs", "--no-legend").out.decode()
        assert outputs.split()[:3] == [s.log, "works", "2"] and outputs.endswith("  text  file-1\n"), outputs
        connection = b.sockctl("connections", "--no-legend").out.decode().split()
        assert connection[:5] == ["1", "tcp", c.name.decode(), f"127.0.0.1:{s.port()}", "reading"], connection
        peer = b.sockctl("peers", "--no-legend").out.decode().split()
        assert peer[:6] == ["127.0.0.1", "2", "6B", "0", "0", "1"], peer
        screen = b.sockctl("status").out.decode()
        assert len(screen.splitlines()) <= 24 and "\033" not in screen, screen
        assert "WAIT  DROPS\n" in screen and "FAILED       BUFFER\n" in screen, screen
        account = "2 received (6B) = 2 recorded + 0 refused + 0 failed + 0 waiting"
        for word in ("running", account, s.log, str(s.pid)):
            assert word in screen, (word, screen)
        pretty = b.sockctl("status", "--json=pretty").out
        assert len(pretty.splitlines()) > 50 and json.loads(pretty)["listeners"][0]["listener"] == "tcp"
        assert b.sockctl("--json=off", "listeners", "--no-legend").out.decode().splitlines() == bare
        s.stop()


def test_colours():
    with bus.Bus() as b, h.Sockd(env=b.env) as s:
        b.wait_owned()
        for env, wanted in (({}, False), ({"SYSTEMD_COLORS": "1"}, True), ({"SYSTEMD_COLORS": "0"}, False),
                            ({"SYSTEMD_COLORS": "1", "NO_COLOR": "1"}, True)):
            r = servers.sockctl("status", env={**b.env, **env})
            assert r.code == 0 and (b"\033[" in r.out) == wanted, (env, r)
        s.stop()


if __name__ == "__main__":
    h.main()
