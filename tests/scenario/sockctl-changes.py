#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An operator makes changes: reload reports everything that is wrong, including what only the
running daemon can know; reopen returns when it is done; disconnect closes streams after their
receipts; the log level changes at once and stays until a reload changes it."""

import os
import socket
import subprocess
import threading

import bus
import harness as h
import servers


def start(b, **keys):
    s = h.Sockd(env=b.env, **keys)
    b.wait_owned()
    return s


def done(r):
    assert r.code == 0 and r.err == "" and r.out == b"", r


def test_reload():
    with bus.Bus() as b, start(b) as s, s.connect() as c:
        s.write_config(h.config_text(top="limits: { message_size = 4; };"))
        done(b.sockctl("reload"))
        assert c.send(b"12345\n").line().endswith(b"truncated\n"), "in force when it returned"
        s.stop()


def test_reload_of_a_bad_file():
    with bus.Bus() as b, start(b) as s, s.connect() as c:
        s.write_config('listeners = ( { protocol = "tcp"; prot = 7; } );\noutputs = ( { type = "fil"; } );\n')
        r = b.sockctl("reload")
        assert r.code == 1 and r.out == b"", r
        lines = r.err.splitlines()
        assert len(lines) == 2 and all(line.startswith(f"sockctl: {s.config}:") for line in lines), r.err
        assert ":1: listeners[0].prot: " in lines[0] and ":2: outputs[0].type: " in lines[1], r.err
        assert lines[0].endswith(b.rows("status")["reload_error"])
        assert "Not reloaded: " in b.sockctl("status").out.decode()
        c.send(b"as before\n").receipts(1)
        s.write_config(h.config_text())
        done(b.sockctl("reload"))
        assert b.rows("status")["reload_error"] == ""
        s.stop()


def test_reload_of_an_address_that_is_taken():
    with bus.Bus() as b, start(b) as s, s.connect() as c, socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        s.write_config(h.config_text([h.tcp(), h.tcp(name="second", port=port), h.tcp(name="third", port=port)]))
        r = b.sockctl("reload")
        lines = r.err.splitlines()
        assert r.code == 1 and len(lines) == 2 and "second" in lines[0] and "third" in lines[1], r
        for line in lines:
            assert f"127.0.0.1:{port}" in line and "already in use" in line, r
        c.send(b"as before\n").receipts(1)
        assert [row["listener"] for row in b.rows("listeners")] == ["tcp"]
        s.stop()


def test_reload_of_files_that_cannot_be_opened():
    with bus.Bus() as b, start(b) as s:
        gone = [os.path.join(s.dir, "gone", name) for name in "xy"]
        s.write_config(h.config_text(outputs=[h.file(), *(h.file(path=path) for path in gone)]))
        r = b.sockctl("reload")
        lines = r.err.splitlines()
        assert r.code == 1 and len(lines) == 2, r
        for path, line in zip(gone, lines):
            assert path in line and "No such file" in line, r
        s.stop()


def test_many_reloads_at_once():
    """Each caller is told about the file as it was at the time of the call, or later."""
    with bus.Bus() as b, start(b) as s:
        results = []
        s.write_config("nonsense")
        threads = [threading.Thread(target=lambda: results.append(b.sockctl("reload").code)) for _ in range(12)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert results == [1] * 12
        s.write_config(h.config_text())
        done(b.sockctl("reload"))
        s.stop()


def test_reopen():
    with bus.Bus() as b, start(b) as s, s.connect() as c:
        for i in range(20):
            c.send(b"before\n").receipts(1)
            os.rename(s.log, f"{s.log}.{i}")
            done(b.sockctl("reopen"))
            assert os.path.exists(s.log), "it is there when reopen returns"
            assert h.count_lines(f"{s.log}.{i}") == 1
        os.link(s.log, s.log + ".old")
        h.put_in_the_way(s.log)
        r = b.sockctl("reopen")
        assert r.code == 1 and f"output {s.log}: " in r.err, r
        c.send(b"goes to the file that was moved\n").receipts(1)
        os.unlink(s.log)
        done(b.sockctl("reopen"))
        c.send(b"after\n").receipts(1)
        assert [r.text for r in s.records()] == [b"after"]
        s.stop()


def test_disconnect():
    with bus.Bus() as b, start(b) as s, s.connect() as c, s.connect() as d:
        c.send(b"one\ntwo\nrest").receipts(2)
        rows = b.rows("connections")
        ids = {f"{r['peer_address']}:{r['peer_port']}".encode(): r["id"] for r in rows}
        assert set(ids) == {c.name, d.name}
        assert [r["received"] for r in rows] == [2, 0] or [r["received"] for r in rows] == [0, 2]
        gone = ids[c.name]
        done(b.sockctl("disconnect", str(gone)))
        assert c.rest() == b"", "an orderly end"
        c.close()
        h.wait_for(lambda: len(b.rows("connections")) == 1, "the end of it")
        d.send(b"still here\n").receipts(1)
        r = b.sockctl("disconnect", str(gone), str(ids[d.name]), str(gone), str(ids[d.name]))
        assert r.code == 1 and r.err == f"sockctl: no connection {gone}\n", r
        assert d.rest() == b""
        d.close()
        h.wait_for(lambda: b.rows("connections") == [], "no connection")
        assert b.rows("status")["connections"] == 0
        with s.connect() as e:
            e.send(b"x\n").receipts(1)
            assert b.rows("connections")[0]["id"] > max(ids.values()), "never used again"
        s.stop()


def test_disconnect_who_does_not_read():
    """Receipts that are not read keep a stream open; a second disconnect closes it."""
    with bus.Bus() as b, start(b) as s, s.connect(receive_buffer=4096) as c:
        for _ in range(20):
            c.send(b"x\n" * 10000)
        h.wait_for(lambda: b.rows("status")["received"] == 200000, "all messages, whose receipts do not fit")
        number = str(b.rows("connections")[0]["id"])
        done(b.sockctl("disconnect", number))
        assert b.rows("connections")[0]["state"] == "finishing"
        done(b.sockctl("disconnect", number))
        h.wait_for(lambda: b.rows("connections") == [], "its end")
        s.stop()


def test_disconnect_while_receipts_are_due():
    """Everything that was read is acknowledged before the end."""
    with bus.Bus() as b, start(b) as s, s.connect() as c:
        c.send(b"".join(b"%d\n" % i for i in range(50000)))
        c.receipts(1)
        done(b.sockctl("disconnect", str(b.rows("connections")[0]["id"])))
        receipts = 1 + len(h.ids_of(c.rest()))
        s.stop()
        assert receipts == len(s.records()) == s.counters()["tcp"].recorded


def test_a_worker_that_hangs():
    """While a write to a disk blocks: calls that need no worker are answered, the others say why they are not."""
    with bus.Bus() as b, h.tempfile.TemporaryDirectory() as d:
        log = os.path.join(d, "messages.log")
        with h.Sockd(**h.delayed("write:when=2", log, b.env), directory=d) as s, s.connect() as c:
            b.wait_owned()
            c.send(b"first\n").receipts(1)
            c.send(b"held up\n")
            h.wait_for(lambda: b.rows("status")["waiting"] == 1, "the message")
            r = b.sockctl("connections")
            assert r.code == 1 and r.err == "sockctl: a worker is blocked by an output\n", r
            assert b.rows("outputs")[0]["recorded"] == 1
            r = b.sockctl("disconnect", "1")
            assert r.code == 1 and r.err == "sockctl: a worker is blocked by an output\n", r
            s.release()
            c.receipts(1)
            assert len(b.rows("connections")) == 1, "nobody closes it afterwards"
            s.stop()


def test_answered_just_when_it_is_late():
    """A worker hangs, and so does the main thread: it finds both the answer and the missed deadline in one
    iteration."""
    with bus.Bus() as b, start(b, top="workers = 1;") as s, s.connect() as c:
        c.send(b"first\n").receipts(1)
        main = str(s.pid)
        others = [tid for tid in os.listdir(f"/proc/{main}/task") if tid != main]
        with h.traced(others, "-P", s.log, "--inject=write,pwrite64,writev,pwritev:delay_enter=4s:when=1"), \
                h.traced([main], "--inject=sendmsg,writev:delay_exit=2500ms"):
            c.send(b"held up\n")
            h.wait_for(lambda: os.path.getsize(s.log) > 0, "the message")
            before = b.connections()
            asked = [servers.start("connections", env=b.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)]
            h.wait_for(lambda: b.connections() > before, "sockctl on the bus")
            asked += [servers.start("outputs", env=b.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                      for _ in range(2)]
            for p in asked:
                out, err = p.communicate(timeout=h.DEADLINE)
                assert (p.returncode == 0 and out) or err, (p, out, err)
        assert len(b.rows("connections")) == 1
        s.stop()


def test_log_level():
    with bus.Bus() as b, start(b, top='log_level = "warning";') as s:
        assert b.sockctl("log-level").out == b"warning\n"
        host, port = b.rows("listeners")[0]["addresses"][0].split(":")

        def answered():
            with h.Client((host, int(port))) as c:
                c.send(b"x\n").receipts(1)
                return c.name.decode()
        answered()
        assert "connected" not in s.stderr
        done(b.sockctl("log-level", "debug"))
        assert answered() in s.wait_line("connected").string
        done(b.sockctl("reload"))
        assert b.rows("log-level") == {"log_level": "debug"}, "the file says what it said before"
        s.write_config(h.config_text(top='log_level = "error";'))
        done(b.sockctl("reload"))
        assert b.sockctl("log-level").out == b"error\n"
        r = b.sockctl("log-level", "loud")
        assert r.code == 2 and "error, warning, info or debug" in r.err, r
        s.stop()


def test_usage():
    for args in (["disconnect"], ["disconnect", "x"], ["disconnect", "-1"], ["disconnect", "1 2"],
                 ["disconnect", "18446744073709551616"], ["reload", "now"], ["log-level", "a", "b"], ["status", "me"],
                 ["peers", "-n", "x"], ["peers", "--sort=size"], ["listeners", "--wide"]):
        with bus.Bus(start=False) as b:
            r = b.sockctl(*args)
            assert r.code == 2 and len(r.err.splitlines()) == 1 and r.out == b"", (args, r)


if __name__ == "__main__":
    h.main()
