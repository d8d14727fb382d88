#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""There is no bus when sockd starts; then one appears, is killed and comes back, and another sockd
owns the name. Messages are answered all the time, and sockd retries until it owns the name."""

import signal
import subprocess

import bus
import harness as h
import servers


def answers(s):
    with s.connect() as c:
        c.send(b"hello\n").receipts(1)


def test_no_bus_then_one():
    with bus.Bus(start=False) as b, h.Sockd(env=b.env) as s:
        answers(s)
        r = b.sockctl("status")
        assert r.code == 4 and len(r.err.splitlines()) == 1 and "bus" in r.err, r
        b.start()
        b.wait_owned()
        assert b.rows("status")["received"] == 1
        for how in (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL):
            b.stop(how)
            answers(s)
            b.start()
            b.wait_owned()
        assert b.rows("status")["received"] == 4
        s.stop()


def test_not_running():
    with bus.Bus() as b:
        for command in (["status"], ["listeners"], ["connections"], ["outputs"], ["peers"], ["metrics"],
                        ["reload"], ["reopen"], ["log-level"], ["log-level", "debug"], ["disconnect", "1"]):
            r = b.sockctl(*command)
            assert r.code == 3 and r.out == b"" and r.err == "sockctl: sockd is not running\n", (command, r)


def test_bus_that_is_silent():
    """The bus accepts connections and says nothing: READY=1 is sent all the same, and so are receipts."""
    with bus.Bus() as b:
        b.process.send_signal(signal.SIGSTOP)
        with h.Sockd(env=b.env) as s:
            answers(s)
            b.process.send_signal(signal.SIGCONT)
            b.wait_owned()
            s.stop()


def test_bus_that_is_silent_for_sockctl():
    with bus.Bus() as b:
        b.process.send_signal(signal.SIGSTOP)
        waiting = [servers.start(command, env=b.env, stderr=subprocess.PIPE)
                   for command in ("status", "peers", "log-level")]
        for p in waiting:
            with p:
                assert p.wait(h.DEADLINE) == 4
                assert p.stderr.read() == b"sockctl: the system bus does not answer\n"


def test_bus_that_turns_away():
    """The bus has too many connections already, or refuses all."""
    for rule in ('<limit name="max_connections_per_user">0</limit>',
                 '<policy context="mandatory"><deny user="*"/></policy>'):
        with bus.Bus(start=False) as b:
            b.add_rule(rule)
            b.start()
            for command in ("status", "reload", "peers"):
                r = b.sockctl(command)
                # The bus says why and closes; whether that is read before a write fails depends on timing.
                assert r.code == 4 and len(r.err.splitlines()) == 1, (rule, r)
                assert r.err.startswith("sockctl: the system bus "), (rule, r)


def test_sockd_that_is_silent():
    """sockctl gives up, and notices when the bus goes away while it waits."""
    with bus.Bus() as b, h.Sockd(env=b.env) as s:
        b.wait_owned()
        s.signal(signal.SIGSTOP)
        r = b.sockctl("status")
        assert r.code == 4 and r.err == "sockctl: sockd does not answer\n", r
        for command in ("status", "peers"):
            before = b.connections()
            with servers.start(command, env=b.env, stderr=subprocess.PIPE) as p:
                h.wait_for(lambda n=before: b.connections() > n, "sockctl on the bus")
                b.stop()
                assert p.wait(h.DEADLINE) == 4
                assert p.stderr.read() == b"sockctl: the system bus closed the connection\n"
            s.signal(signal.SIGCONT)
            b.start()
            b.wait_owned()
            s.signal(signal.SIGSTOP)
        s.signal(signal.SIGCONT)
        s.stop()


def test_name_is_taken():
    with bus.Bus() as b, h.Sockd(env=b.env) as first:
        b.wait_owned()
        pid = b.rows("status")["pid"]
        assert pid == first.pid
        with h.Sockd(env=b.env) as second:
            second.wait_line("cannot acquire the bus name org.sockd1")
            answers(second)
            first.stop()
            h.wait_for(lambda: b.owned() and b.rows("status")["pid"] == second.pid, "the other one's turn")
            assert second.stderr.count("cannot acquire the bus name") == 1
            second.stop()


def test_stop_while_asked():
    with bus.Bus() as b:
        for _ in range(5):
            with h.Sockd(env=b.env) as s:
                b.wait_owned()
                s.signal(signal.SIGTERM)
                r = b.sockctl("status")
                assert r.code in (0, 3), r
                r = b.sockctl("reload")
                assert r.code in (1, 3), r
                assert s.wait_exit() == 0


if __name__ == "__main__":
    h.main()
