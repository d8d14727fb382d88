#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Another program listens on the port: sockd tries again for some seconds, names listener and address,
exits with 75, and has neither touched its outputs nor opened its other listeners. If the program ends
meanwhile, it starts; SIGTERM ends the wait. A reload does not wait."""

import os
import signal
import socket

import harness as h


def refused(listeners, name, address):
    with h.Sockd(listeners, wait=False) as s:
        assert s.wait_exit() == 75
        retry, line = [line for line in s.stderr.split("\n") if address in line]
        assert f"listener {name}" in line, line
        assert retry == f"{line}; retrying for 3 seconds", s.stderr
        assert s.told() == [f"STATUS={retry}", f"STATUS={line}"]
        assert not os.path.exists(s.log)
        assert not s.ready


def test_tcp_port_in_use():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused([h.udp(), h.tcp(name="mine", port=port)], "mine", f"127.0.0.1:{port}")


def test_udp_port_in_use():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        refused([h.tcp(), h.udp(name="mine", port=port)], "mine", f"127.0.0.1:{port}")


def until_in_time(during_the_wait):
    """For what has to happen while sockd tries again: repeated until the machine was quick enough for it."""
    code = 75
    while code == 75:
        with socket.create_server(("127.0.0.1", 0)) as taken, \
                h.Sockd([h.tcp(port=taken.getsockname()[1])], wait=False) as s:
            s.wait_line("retrying for 3 seconds")
            code = during_the_wait(s, taken)
    assert code == 0


def test_port_becomes_free():
    def free_it(s, taken):
        taken.close()
        h.wait_for(lambda: s.bound() or s.process.poll() is not None, "sockd to listen or to give up")
        if not s.bound():
            return s.wait_exit()
        s.wait_ready()
        with s.connect() as c:
            c.send(b"x\n").receipts(1)
        return s.stop()

    until_in_time(free_it)


def test_stopped_meanwhile():
    def stop_it(s, _):
        s.signal(signal.SIGTERM)
        code = s.wait_exit()
        assert code == 75 or s.stderr.count("\n") == s.stderr[:s.stderr.index("retrying")].count("\n"), s.stderr
        return code

    until_in_time(stop_it)


def test_reload_does_not_wait():
    with socket.create_server(("127.0.0.1", 0)) as taken, h.Sockd() as s:
        port = taken.getsockname()[1]
        s.write_config(h.config_text([h.tcp(port=port)]))
        s.signal(signal.SIGHUP)
        s.wait_line(rf"cannot reload: listener tcp: cannot listen on 127\.0\.0\.1:{port} ")
        assert "retrying" not in s.stderr
        s.stop()


def test_a_restart_is_not_held_up():
    """The port is in TIME_WAIT because sockd closed first."""
    with h.Sockd() as s:
        port = s.port()
        with s.connect() as c:
            c.send(b"x\n").receipts(1)
            s.stop()
    with h.Sockd([h.tcp(port=port)]) as s, s.connect() as c:
        c.send(b"x\n").receipts(1)
        s.stop()


if __name__ == "__main__":
    h.main()
