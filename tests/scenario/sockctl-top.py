#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A user watches sockd on a terminal of 80 × 24: rates, peers, latency and problems, every second;
whatever happens to sockd or to sockctl, the terminal is restored afterwards."""

import os
import signal
import threading

import bus
import harness as h
import screen
import servers


class Traffic:
    """A message every few milliseconds, from one address."""

    def __init__(self, s, source="127.0.0.9"):
        self.client = s.connect(source=(source, 0))
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.ended.wait(0.005):
            self.client.send(b"tick\n").receipts(1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()
        self.client.close()


def test_screen():
    with bus.Bus() as b, h.Sockd([h.tcp(), h.udp()], [h.file()], env=b.env) as s:
        b.wait_owned()
        with Traffic(s), screen.Terminal("top", env=b.env) as t:
            t.wait_for(r"sockd \S+ running, started \S+.* ago, 1 of 10000 connections")
            t.wait_for(r"(?m)^tcp +[1-9]\d* .*[▁-█] +\d")
            t.wait_for(r"(?m)^udp +0 ")
            t.wait_for(r"(?m)^OUTPUT .*\n\S*messages\.log +[1-9]\d* .*[▁-█] .* works$")
            t.wait_for(r"(?m)^PEER .*\n127\.0\.0\.9 +[1-9]\d* +\d+ +\S+ \S+ ago$")
            t.wait_for(r"receipt latency: p50 <= \S+, p99 (<=|>) \S+ \(\d+ in the last minute\)")
            assert len(t.text.splitlines()) == 24 and t.text.endswith("q quits"), t.text
            assert t.alternate and not t.cursor and t.too_wide == 0
            t.press(b"q")
            assert t.wait_exit() == 0 and t.is_as_before()
        s.stop()


def test_widths():
    """At 60, 80 and 120 columns no line is too wide, words are whole, and a long path is cut in its middle."""
    path = "@DIR@/" + "a-long-name-" * 10 + "messages.log"
    with bus.Bus() as b, h.Sockd([h.tcp()], [h.file(path=path)], env=b.env) as s:
        b.wait_owned()
        with Traffic(s), screen.Terminal("top", env=b.env) as t:
            for columns in (60, 80, 120):
                t.resize(columns, 24)
                t.wait_for(r"(?m)^127\.0\.0\.9 +[1-9]\d* +\d+( +\S+ \S+ ago)?$")
                t.wait_for(r"(?m)^/\S*…\S*messages\.log +[1-9]")
                t.wait_for(r"^\S+  sockd \S+ running, started \S+( \S+)? ago, 1 of 10000( connections|…)\n")
                assert t.too_wide == 0
            t.press(b"q")
            assert t.wait_exit() == 0
        s.stop()


def test_interval():
    """The sparklines cover sixty intervals, and the heading says so."""
    with bus.Bus() as b, h.Sockd([h.tcp()], env=b.env) as s:
        b.wait_owned()
        with Traffic(s), screen.Terminal("top", "--interval", "100ms", env=b.env) as t:
            t.wait_for(r"LAST 6s")
            t.wait_for(r"(?m)^tcp +[1-9]\d* ")
            t.press(b"q")
            assert t.wait_exit() == 0
        s.stop()


def test_trouble():
    """All kinds of problems at once still leave the screen intact."""
    with bus.Bus() as b, h.Sockd([h.tcp()], [h.file(), h.file(path="@DIR@/gone/x.log"),
                                             h.file(path="@DIR@/gone/y.log", when_full="drop")], env=b.env,
                                 top="limits: { connections_per_peer = 1; };") as s, \
            screen.Terminal("top", env=b.env) as t:
        b.wait_owned()
        t.wait_for("/gone/|No such file")
        s.write_config("nonsense")
        assert b.sockctl("reload").code == 1
        t.wait_for(r"not reloaded: .*syntax error")
        with s.connect() as c:
            assert h.ERROR.fullmatch(c.send(b"x\n").line())
            with h.Client(s.address()) as refused:
                assert refused.rest() == b""
        t.wait_for("1 messages could not be stored in the last minute")
        t.wait_for("2 records could not be written to an output in the last minute")
        t.wait_for(r"(?m)^1 connections were refused in the last minute$")
        assert t.too_wide == 0 and len(t.text.splitlines()) == 24
        t.press(b"\x03")
        assert t.wait_exit() == 0 and t.is_as_before()
        s.stop()


def test_sockd_comes_and_goes():
    with bus.Bus() as b, screen.Terminal("top", env=b.env) as t:
        t.wait_for("sockd is not running")
        for _ in range(2):
            with h.Sockd(env=b.env) as s:
                t.wait_for("running, started")
                s.stop()
            t.wait_for("sockd is not running")
        b.stop()
        t.wait_for("cannot connect to /nonexistent/control")
        b.start()
        with h.Sockd(env=b.env) as s:
            t.wait_for("running, started")
            t.process.send_signal(signal.SIGTERM)
            assert t.wait_exit() == 0 and t.is_as_before()
            s.stop()


def test_sizes():
    with bus.Bus() as b, h.Sockd([h.tcp(name=f"listener-{i}") for i in range(30)], env=b.env) as s, \
            screen.Terminal("top", env=b.env) as t:
        b.wait_owned()
        t.wait_for("running")  # what came before the first look has no rate
        with s.connect("listener-29") as c:
            c.send(b"x\n").receipts(1)
        t.wait_for(r"(?m)^LISTENER \d+/30 .*\nlistener-29 ")
        t.wait_for("q quits")
        for columns, lines in ((40, 10), (20, 5), (200, 60), (1, 1), (80, 24)):
            t.resize(columns, lines)
            t.wait_for("q quits" if lines >= 10 else "[0-9]")
        t.wait_for(r"(?s)listener-29.*OUTPUT.*PEER")
        t.press(b"q")
        assert t.wait_exit() == 0 and t.is_as_before()
        s.stop()


def test_without_utf8_and_colours():
    with bus.Bus() as b, h.Sockd(env=b.env) as s:
        b.wait_owned()
        plain = {**b.env, "LC_ALL": "C", "NO_COLOR": "1"}
        with Traffic(s), screen.Terminal("top", env=plain) as t:
            t.wait_for(r"(?m)^tcp +[1-9]\d* .*#")
            t.press(b"Q")
            assert t.wait_exit() == 0 and t.all.isascii() and "\x1b[1m" not in t.all
        s.stop()


def test_hostile_names():
    with bus.Bus() as b, h.Sockd(outputs=[h.file(path="@DIR@/\x1b[31mü\u202e.log")], env=b.env) as s, \
            screen.Terminal("top", env=b.env) as t:
        b.wait_owned()
        t.wait_for("OUTPUT")
        t.press(b"q")
        assert t.wait_exit() == 0 and "\x1b[31mü" not in t.all and "\u202e" not in t.all
        s.stop()


def test_stopped_and_continued():
    with bus.Bus() as b, h.Sockd(env=b.env) as s, screen.Terminal("top", env=b.env) as t:
        t.wait_for("running")
        t.process.send_signal(signal.SIGTSTP)
        h.wait_for(lambda: os.waitid(os.P_PID, t.process.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT), "its stop")
        while t.read(0):
            pass
        assert t.is_as_before()
        t.process.send_signal(signal.SIGCONT)
        h.wait_for(lambda: t.read(0.05) and t.alternate, "the screen")
        t.press(b"q")
        assert t.wait_exit() == 0 and t.is_as_before()
        s.stop()


def test_sockd_hangs():
    with bus.Bus() as b, h.Sockd(env=b.env) as s, screen.Terminal("top", env=b.env) as t:
        t.wait_for("running")
        s.signal(signal.SIGSTOP)
        t.wait_for("sockd does not answer")
        t.resize(100, 30)
        t.wait_for("q quits")
        t.press(b"q")
        assert t.wait_exit() == 0 and t.is_as_before()
        s.signal(signal.SIGCONT)
        s.stop()


def test_no_terminal():
    r = servers.sockctl("top")
    assert r.code == 1 and "terminal" in r.err and r.out == b"", r


if __name__ == "__main__":
    h.main()
