#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""80 descriptors may be open, and one client opens all the connections it can: a quarter of the
descriptors is left to reload, rotation and sockctl, which go on. The failure is logged and counted;
when a connection closes, the next is accepted."""

import json
import os
import signal
import time

import harness as h
import servers


def sockctl(s, *args):
    return servers.sockctl(*args, env={"SOCKD_CONTROL": s.path("control")})


def test_the_reserve():
    with h.tempfile.TemporaryDirectory() as d:
        limit = (h.tool("prlimit"), "--nofile=80:80")
        begin = time.monotonic()
        with h.Sockd(prefix=limit, env={"RUNTIME_DIRECTORY": d}, directory=d) as s:
            clients = [s.connect() for _ in range(80)]
            s.wait_line("listener tcp: cannot accept, retrying every second: Too many open files")
            h.wait_for(lambda: s.backlog() > 0, "connections that wait")
            n_waiting = s.backlog()
            accepted = clients[:80 - n_waiting]
            for c in accepted:
                c.send(b"accepted\n").receipts(1)
            assert len(os.listdir(f"/proc/{s.pid}/fd")) <= 62

            s.write_config(h.config_text([h.tcp(), h.tcp(name="more"), h.udp()],
                                         [h.file(), h.file(path="@DIR@/other.log")]))
            r = sockctl(s, "reload")
            assert r.code == 0, r
            with s.datagrams() as c:
                assert c.ask(b"the new listener works, with receipts\n").startswith(b"ok ")
            os.rename(s.log, s.log + ".1")
            s.signal(signal.SIGHUP)
            h.wait_for(lambda: os.path.exists(s.log), "the new file")
            accepted[0].send(b"after the rotation\n").receipts(1)

            for _ in range(3):
                r = sockctl(s, "status", "--json=short")
                assert r.code == 0, r
            assert json.loads(r.out)["accept_errors"] > 0
            n_logged = s.stderr.count("listener tcp: cannot accept")
            # Once in 10 seconds.
            assert 1 <= n_logged <= 1 + (time.monotonic() - begin) // 10, n_logged
            # What a reload closes may have let one in.
            assert 0 < s.backlog() <= n_waiting
            for c in accepted:
                c.close()
            for c in clients[len(accepted):]:
                c.send(b"accepted later\n").receipts(1)
            s.stop()


if __name__ == "__main__":
    h.main()
