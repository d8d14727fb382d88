#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Several sockd share a machine and a bus: sockctl --instance reaches the one of that name and no other, whatever it
asks for. With -c it refuses to reach a sockd that reads another file."""

import contextlib
import json
import os
import tempfile

import bus
import harness as h
import servers

# Longer than any listener's, and with every kind of character.
A, B = "lab", "Q-2_" + "x" * 28


@contextlib.contextmanager
def three():
    """A bus with one sockd that has no name and two that have one."""
    with bus.Bus() as b, h.Sockd(env=b.env) as main, h.Sockd(env=b.env, args=("--instance", A)) as first, \
            h.Sockd(env=b.env, args=("-i", B)) as second:
        for name in (bus.NAME, f"{bus.NAME}.{A}", f"{bus.NAME}.{B}"):
            b.wait_owned(name)
        yield b, main, first, second
        for s in (main, first, second):
            s.stop()


def done(r):
    assert (r.code, r.out, r.err) == (0, b"", ""), r


def status(b, *args):
    r = b.sockctl(*args, "status", "--json=short")
    assert r.code == 0 and r.err == "", r
    return json.loads(r.out)


def test_each_is_reached_by_its_name():
    with three() as (b, main, first, second):
        for s, args in ((main, ()), (first, ("--instance", A)), (second, (f"--instance={B}",)), (second, ("-i", B))):
            found = status(b, *args)
            assert (found["pid"], found["config"]) == (s.pid, s.config), (args, found)
        for command in ("listeners", "connections", "outputs", "peers", "metrics", "log-level"):
            r = b.sockctl(command, "-i", A)
            assert r.code == 0 and r.err == "", r


def test_changes_concern_one():
    with three() as (b, main, first, second):
        clients = [s.connect() for s in (main, first, second)]
        for c in clients:
            c.send(b"x\n").receipts(1)
        for s in (main, first, second):
            s.write_config(h.config_text([h.tcp(), h.udp()]))
        done(b.sockctl("-i", A, "reload"))
        assert [len(s.bound()) for s in (main, first, second)] == [1, 2, 1]
        done(b.sockctl("-i", B, "log-level", "debug"))
        assert [status(b, *args)["log_level"] for args in ((), ("-i", A), ("-i", B))] == ["info", "info", "debug"]
        done(b.sockctl("-i", B, "disconnect", "1"))
        assert clients[2].rest() == b""
        for c in clients[:2]:
            c.send(b"y\n").receipts(1)
        done(b.sockctl("-i", A, "reopen"))


def test_config_of_another():
    """-c names the file for "send"; for all other commands it must be that of the sockd that is asked."""
    with three() as (b, main, first, _):
        for command in (["reload"], ["status"], ["reopen"], ["log-level", "debug"], ["disconnect", "1"], ["metrics"],
                        ["top"], ["peers"]):
            for args, service, reads in ((("-c", first.config), "sockd", main.config),
                                         (("--config=/nonexistent/x.conf",), "sockd", main.config),
                                         (("-c", main.config, "-i", A), f"sockd@{A}", first.config),
                                         (("-i", A, "-c", main.config), f"sockd@{A}", first.config)):
                r = b.sockctl(*args, *command)
                named = main.config if "-i" in args else args[-1].replace("--config=", "")
                assert r == (2, b"", f"sockctl: --config: {service} reads {reads}, not {named} "
                                     "(--instance chooses another sockd)\n"), (args, r)
        assert status(b)["log_level"] == "info" and "reloaded" not in main.stderr + first.stderr

        # The same file, by whatever path.
        link = os.path.join(main.dir, "link.conf")
        os.symlink(main.config, link)
        for path in (main.config, link, os.path.relpath(main.config)):
            done(b.sockctl("-c", path, "reload"))
        done(b.sockctl("-i", A, "reload", "-c", first.config))
        r = b.sockctl("-c", first.config, "-i", A, "send", "-p", str(first.port()), "hello")
        assert r.code == 0 and r.err == "", r


def test_config_by_a_relative_path():
    """sockctl has another working directory than sockd."""
    with bus.Bus() as b, tempfile.TemporaryDirectory(prefix="sockd-test-") as d, \
            h.Sockd(env=b.env, directory=d, args=("-c", "sockd.conf"), program=os.path.abspath(h.SOCKD),
                    prefix=["sh", "-c", 'cd "$0" && exec "$@"', d]) as s:
        b.wait_owned()
        assert b.property("ConfigFile") == s.config
        done(b.sockctl("-c", s.config, "reload"))
        s.stop()


def test_control_socket_of_another():
    """SOCKD_CONTROL may have been set for one sockd, and another one is named."""
    with bus.Bus() as b, tempfile.TemporaryDirectory(prefix="sockd-run-") as d, \
            h.Sockd(env={**b.env, "RUNTIME_DIRECTORY": d}) as main, h.Sockd(env=b.env, args=("-i", A)) as first:
        b.wait_owned(f"{bus.NAME}.{A}")
        env = {**b.env, "SOCKD_CONTROL": os.path.join(d, "control")}
        for args, s in ((("status",), main), (("-i", A, "status"), first)):
            r = servers.sockctl(*args, "--json=short", env=env)
            assert r.code == 0 and json.loads(r.out)["pid"] == s.pid, r
        main.stop()
        first.stop()


def test_one_that_does_not_run():
    with bus.Bus() as b, h.Sockd(env=b.env) as s:
        b.wait_owned()
        for command in (["reload"], ["status"]):
            assert b.sockctl("-i", A, *command) == (3, b"", f"sockctl: sockd@{A} is not running\n")
        r = servers.sockctl("-i", A, "status")
        assert r.code == 4 and r.err.startswith(f"sockctl: cannot connect to /run/sockd@{A}/control "), r
        s.stop()


def test_twice_the_same():
    with bus.Bus() as b, h.Sockd(env=b.env, args=("-i", A)) as s:
        b.wait_owned(f"{bus.NAME}.{A}")
        with h.Sockd(env=b.env, args=("-i", A)) as other:
            other.wait_line(f"cannot acquire the bus name {bus.NAME}.{A}, sockctl will not work: "
                            "another process owns it")
            other.stop()
        assert status(b, "-i", A)["pid"] == s.pid
        s.stop()


def test_names():
    for name in ("", "1", "-a", "_a", "a.b", "a/b", "../a", "a b", "a@b", "a\\x2d", "ä", "a" * 33):
        wrong = f'--instance: invalid name "{name}" (expected a letter, then up to 31 letters, digits, "_" and "-")\n'
        assert h.run_sockd("--check", "--instance", name) == (2, "", f"sockd: {wrong}")
        r = servers.sockctl(f"--instance={name}", "status")
        assert (r.code, r.out) == (2, b"") and r.err == f"sockctl: {wrong}", r


def test_its_config_file():
    """Without -c, the file has the name of the instance; -c comes first, wherever it stands."""
    code, out, err = h.run_sockd("--check", "-i", "no-such-instance")
    assert code == 78 and out == "" and "/etc/sockd/no-such-instance.conf: " in err, (code, err)
    assert h.run_sockd("--check", "-i", "no-such-instance", text=h.config_text()) == (0, "", "")
    r = servers.start("-i", "no-such-instance", "send", "-l", "x", "hello", stderr=servers.subprocess.PIPE)
    assert b"/etc/sockd/no-such-instance.conf: " in r.communicate(timeout=h.DEADLINE)[1] and r.returncode == 2


if __name__ == "__main__":
    h.main()
