#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""There is no bus: sockctl reaches sockd through the control socket, which exists where the service manager provides a
directory for it. Any user may query, only root may make changes, whatever a peer claims to be. Peers that are too many,
silent, confused or do not read are disconnected, and nobody else notices."""

import contextlib
import os
import resource
import signal
import socket
import struct
import subprocess

import bus
import harness as h
import servers
from control_peer import Peer, another_user, message, needs_another_user

NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
EVERY_QUERY = ("status", "listeners", "connections", "outputs", "peers", "metrics", "log-level")
# As in control_socket.h.
MAX, QUERY_MAX, USER_MAX = 64, 16, 4


@contextlib.contextmanager
def started(*args, **keys):
    """A sockd with a control socket, at s.control."""
    with h.tempfile.TemporaryDirectory(prefix="sockd-run-") as d:
        os.chmod(d, 0o755)
        with h.Sockd(*args, env={"RUNTIME_DIRECTORY": d}, **keys) as s:
            s.control = os.path.join(d, "control")
            yield s
            if not s.stopped:
                s.stop()
            assert not os.path.exists(s.control)


def environment(s):
    return {"SOCKD_CONTROL": s.control}


def sockctl(s, *args, prefix=()):
    """sockctl, which another user may be running."""
    done = subprocess.run([*prefix, h.SOCKCTL, *args], env={**servers.environment(), **environment(s)},
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=h.DEADLINE, check=False)
    return servers.Result(done.returncode, done.stdout, done.stderr.decode())


def done(r):
    assert r.code == 0 and r.err == "" and r.out == b"", r


def refused(r):
    assert (r.code, r.out, r.err) == (1, b"", "sockctl: permission denied: only root may do that\n"), r


def works(s):
    with s.connect() as c:
        c.send(b"hello\n").receipts(1)
    assert sockctl(s, "status").code == 0


# --- what sockctl is for -----------------------------------------------------------------------------


def test_without_a_bus():
    with started() as s, s.connect() as c:
        for command in EVERY_QUERY:
            r = sockctl(s, command)
            assert r.code == 0 and r.out and r.err == "", (command, r)
        s.write_config(h.config_text(top="limits: { message_size = 4; };"))
        done(sockctl(s, "reload"))
        assert c.send(b"12345\n").line().endswith(b"truncated\n"), "in force when it returned"
        os.rename(s.log, s.log + ".old")
        done(sockctl(s, "reopen"))
        assert os.path.exists(s.log)
        done(sockctl(s, "log-level", "debug"))
        assert sockctl(s, "log-level").out == b"debug\n"
        s.write_config("nonsense")
        r = sockctl(s, "reload")
        assert r.code == 1 and "sockd.conf:" in r.err, r
        works(s)


def test_the_socket_comes_first():
    """Another sockd has the name on the bus."""
    with bus.Bus() as b, h.Sockd(env=b.env) as other, h.tempfile.TemporaryDirectory() as d:
        b.wait_owned()
        with h.Sockd(env={**b.env, "RUNTIME_DIRECTORY": d}) as s:
            env = {"SOCKD_CONTROL": os.path.join(d, "control")}
            r = servers.sockctl("status", env={**b.env, **env})
            assert f"Process: {s.pid}," in r.out.decode(), r
            line = s.wait_line("cannot acquire the bus name").string
            assert "sockctl will not work" not in line, line
            s.stop()
        r = servers.sockctl("status", env={**b.env, **env})
        assert f"Process: {other.pid}," in r.out.decode(), r
        other.stop()


def test_what_is_true():
    """The directory is there, so the service runs; but neither the socket nor the name is there."""
    with bus.Bus() as b, h.tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "control")
        for leave in (False, True):
            if leave:
                with socket.socket(socket.AF_UNIX) as dead:
                    dead.bind(path)
            r = servers.sockctl("status", env={**b.env, "SOCKD_CONTROL": path})
            assert r.code == 4 and r.out == b"", r
            assert r.err.startswith(f"sockctl: sockd is running, but neither listens on {path} nor is on the"), r
        r = servers.sockctl("status", env={**b.env, "SOCKD_CONTROL": os.path.join(d, "absent", "control")})
        assert (r.code, r.err) == (3, "sockctl: sockd is not running\n"), r
    r = servers.sockctl("status")
    assert r.code == 4 and r.err.startswith("sockctl: cannot connect to /nonexistent/control (No such file or "
                                            "directory), and the system bus cannot be reached: No such file"), r


def test_no_directory():
    """By hand it makes nothing; where the socket cannot be made it says so and goes on."""
    with h.Sockd() as s:
        assert "control" not in s.stderr
        s.stop()
    for directory, reason in (("/nonexistent", "No such file or directory"), ("/proc", "")):
        with h.Sockd(env={"RUNTIME_DIRECTORY": directory}) as s, s.connect() as c:
            s.wait_line(f"cannot listen on {directory}/control, sockctl needs the bus: {reason}")
            c.send(b"hello\n").receipts(1)
            s.stop()
    with h.Sockd(env={"RUNTIME_DIRECTORY": "/" + "x" * 200}) as s:
        s.wait_line("cannot listen on .*File name too long")
        s.stop()


def test_left_behind():
    with h.tempfile.TemporaryDirectory() as d:
        with h.Sockd(env={"RUNTIME_DIRECTORY": d + ":/second"}) as s:
            s.control = os.path.join(d, "control")
            works(s)
            s.kill()
        assert os.path.exists(s.control)
        with h.Sockd(env={"RUNTIME_DIRECTORY": d}) as s:
            s.control = os.path.join(d, "control")
            works(s)
            s.stop()


# --- rights ------------------------------------------------------------------------------------------


def test_rights():
    needs_another_user()
    with started() as s, s.connect() as c:
        c.send(b"x\n").receipts(1)
        for command in EVERY_QUERY:
            r = sockctl(s, command, prefix=NOBODY)
            assert r.code == 0 and r.err == "", (command, r)
        s.write_config(h.config_text(top="limits: { message_size = 4; };"))
        for command in (["reload"], ["reopen"], ["disconnect", "1"], ["log-level", "debug"]):
            refused(sockctl(s, *command, prefix=NOBODY))
        assert sockctl(s, "log-level").out == b"info\n"
        c.send(b"neither reloaded nor closed\n").receipts(1)


def test_claims():
    """Neither the user that a peer authenticates as, nor the sender it names, makes it root."""
    needs_another_user()
    claims = [b"\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n", b"\0AUTH EXTERNAL 30\r\nBEGIN\r\n",
              b"\0AUTH EXTERNAL 3635353334\r\nBEGIN\r\n", b"\0AUTH ANONYMOUS\r\nDATA\r\nBEGIN\r\n"]
    with started() as s:
        for auth in claims:
            for sender in (None, ":1.0", "org.freedesktop.DBus", "org.sockd1"):
                with another_user():
                    p = Peer(s, auth)
                with p:
                    answer = p.send(message("Reload", sender=sender)).until(b"AccessDenied", b"not permitted", b"Error")
                    assert b"Error" in answer, (auth, sender, answer)
                    assert p.is_served() or sender, (auth, sender)
        assert "reloaded" not in s.stderr
        # The same as root.
        with Peer(s, claims[1]) as p:
            p.send(message("Reload"))
            s.wait_line("^reloaded")


# --- bad peers ---------------------------------------------------------------------------------------


def test_many():
    with started() as s, contextlib.ExitStack() as held:
        for _ in range(MAX):
            assert held.enter_context(Peer(s)).is_served()
        with Peer(s) as one_more:
            assert not one_more.is_served()
        r = sockctl(s, "status")
        assert (r.code, r.err) == (4, "sockctl: sockd closed the connection\n"), r
        held.close()
        h.wait_for(lambda: sockctl(s, "status").code == 0, "room")


def test_many_of_others():
    """Users who may only query cannot take every place, nor one of them those of the others."""
    needs_another_user()
    with started() as s, contextlib.ExitStack() as held:
        for user in range(QUERY_MAX // USER_MAX):
            for _ in range(USER_MAX):
                with another_user(60000 + user):
                    p = held.enter_context(Peer(s))
                assert p.is_served()
            with another_user(60000 + user), Peer(s) as p:
                assert not p.is_served(), "one too many"
        r = sockctl(s, "status", prefix=NOBODY)
        assert (r.code, r.err) == (4, "sockctl: sockd closed the connection\n"), r
        done(sockctl(s, "reload"))
        held.close()
        h.wait_for(lambda: sockctl(s, "status", prefix=NOBODY).code == 0, "room")


def test_silent():
    """Ones that say nothing, not all, or nothing after the authentication."""
    with started() as s:
        peers = [Peer(s, said) for said in (b"", b"\0", b"\0AUTH EXTERNAL\r\n", b"\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n",
                                            b"\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n" + message("GetStatus")[:-9])]
        with Peer(s) as busy:
            assert busy.is_served()
            for p in peers:
                works(s)
                assert p.ended()
                p.socket.close()
            assert busy.is_served()


def test_garbage():
    with started() as s:
        good = b"\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n"
        call = message("GetStatus")
        bad = (b"GET / HTTP/1.0\r\n\r\n", b"\0" * 100, b"\xff" * 70000, b"\0" + b"A" * 70000, b"hello\n",
               good + b"\xff" * 16, good + b"B" + call[1:], good + call[:4] + b"\xff\xff\xff\x7f" + call[8:],
               good + call[:12] + b"\xff\xff\xff\x7f" + call[16:], good + b"l\1\0\1" + b"\0" * 12,
               good + b"l\1\0\2" + call[4:])
        for p in [Peer(s, said) for said in bad]:
            with p:
                assert p.ended()
        for cut in range(0, len(call), 7):
            with Peer(s, good + call[:cut]):
                pass
        works(s)


def test_who_does_not_read():
    """It calls on and on; what it does not read does not pile up."""
    with started() as s:
        works(s)
        with Peer(s) as p:
            p.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            sent = p.send_until_closed(message("GetStatus") * 100)
            assert sent < 8 << 20, sent
        works(s)


def test_large_message():
    """It announces 127 MiB. Users who may only query are disconnected long before that."""
    needs_another_user()
    with started() as s:
        with another_user():
            p = Peer(s)
        with p:
            assert p.is_served(), "what is short passes"
            call = message("GetStatus")
            p.send(call[:4] + struct.pack("<I", 127 << 20) + call[8:])
            sent = p.send_until_closed(bytes(65536))
            assert sent < 4 << 20, sent
        works(s)


def test_sent_descriptors():
    """A message that does not end could bring as many as sockd may have."""
    with started() as s:
        works(s)
        before = len(os.listdir(f"/proc/{s.pid}/fd"))
        with Peer(s, b"\0AUTH EXTERNAL\r\nDATA\r\n") as p:
            p.until(b"OK ")
            answer = p.send(b"NEGOTIATE_UNIX_FD\r\n").until(b"AGREE", b"ERROR")
            assert b"ERROR" in answer, answer
            p.send(b"BEGIN\r\n")
            socket.send_fds(p.socket, [message("GetStatus")[:-1]], [p.socket.fileno()] * 200)
            assert p.ended()
        h.wait_for(lambda: len(os.listdir(f"/proc/{s.pid}/fd")) <= before, "none is kept")
        works(s)


def test_no_descriptors():
    """They run out: it tries again each second, no more often, and serves when there are some."""
    with started(args=("--verbose",)) as s:
        works(s)
        _, hard = resource.prlimit(s.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(s.pid, resource.RLIMIT_NOFILE, (3, hard))
        with servers.start("log-level", env=environment(s), stdout=subprocess.PIPE) as p:
            def tries():
                return s.stderr.count("cannot accept a control connection: Too many open files")
            h.wait_for(lambda: tries() >= 2, "two attempts")
            assert tries() < 10
            resource.prlimit(s.pid, resource.RLIMIT_NOFILE, (hard, hard))
            assert p.stdout.read() == b"debug\n"


def test_sockd_that_is_stopped():
    """By a signal, so that it does not answer."""
    with started() as s:
        s.signal(signal.SIGSTOP)
        r = sockctl(s, "status")
        assert (r.code, r.err) == (4, "sockctl: sockd does not answer\n"), r
        s.signal(signal.SIGCONT)
        works(s)


def test_stop_while_asked():
    with h.tempfile.TemporaryDirectory() as d:
        for _ in range(5):
            with h.Sockd(env={"RUNTIME_DIRECTORY": d}) as s, Peer(argument(d)) as p:
                s.control = os.path.join(d, "control")
                assert p.is_served()
                s.signal(signal.SIGTERM)
                r = sockctl(s, "status")
                assert r.code in (0, 4), r
                assert s.wait_exit() == 0
                assert p.ended()


def argument(directory):
    """What Peer() wants of a sockd."""
    return type("Place", (), {"control": os.path.join(directory, "control")})


if __name__ == "__main__":
    h.main()
