#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A sender falls silent, and sockd is stopped, killed or reloaded: with a state directory it still
knows when the sender was last seen; with one that is full or read-only it says so once and goes on."""

import os
import subprocess

import bus
import harness as h

h.in_namespace()  # to mount file systems

METRIC = "sockd_peer_last_seen_timestamp_seconds"


def start(b, directory, state, **keys):
    return h.Sockd(env={**b.env, "STATE_DIRECTORY": state}, directory=directory, **keys)


def seen(b):
    """{address: row} as sockctl peers shows them; the metrics must show the same times."""
    b.wait_owned()
    rows = {row["peer_address"]: row for row in b.rows("peers")}
    lines = [line for line in b.sockctl("metrics").out.decode().splitlines() if line.startswith(METRIC)]
    metrics = dict(line.removeprefix(METRIC + '{peer="').split('"} ') for line in lines)
    assert {peer: float(time) for peer, time in metrics.items()} == \
        {peer: row["last_seen_usec"] / 1e6 for peer, row in rows.items()}
    return rows


def talk(s, host, n=1):
    with s.connect(source=(host, 0)) as c:
        c.send(b"here I am\n" * n).receipts(n)


def read(path):
    try:
        with open(path, encoding="ascii") as f:
            return f.read()
    except FileNotFoundError:
        return ""


def test_kept():
    with bus.Bus() as b, h.tempfile.TemporaryDirectory(prefix="sockd-test-") as d:
        state = os.path.join(d, "state")
        os.mkdir(state)
        file = os.path.join(state, "peers")
        with start(b, d, state) as s:
            talk(s, "127.0.0.2", 3)
            talk(s, "127.0.0.3")
            # Both streams have ended: nothing is counted any more.
            h.wait_for(lambda: b.owned() and b.rows("status")["connections"] == 0, "their end")
            before = seen(b)
            h.wait_for(lambda: f" {before['127.0.0.2']['last_seen_usec']} 0 0\n" in read(file) and
                       f" {before['127.0.0.3']['last_seen_usec']} 0 0\n" in read(file), "the file")
            s.kill()
        with start(b, d, state) as s:
            assert seen(b) == before, "after SIGKILL"
            s.signal(h.signal.SIGHUP)
            s.wait_line("reloaded")
            assert seen(b) == before, "after a reload"
            talk(s, "127.0.0.3")
            h.wait_for(lambda: b.rows("status")["connections"] == 0, "its end")
            now = seen(b)
            s.stop()
            # The counters of listeners are those since the start.
            assert s.counters()["tcp"].received == 1
        assert now["127.0.0.2"] == before["127.0.0.2"]
        assert now["127.0.0.3"]["last_seen_usec"] != before["127.0.0.3"]["last_seen_usec"]
        assert (now["127.0.0.3"]["received"], now["127.0.0.3"]["connections_accepted"]) == (2, 2)
        with start(b, d, state) as s:
            assert seen(b) == now, "after a stop"
            s.stop()
        assert os.listdir(state) == ["peers"]
        with h.Sockd(env=b.env, directory=d) as s:
            assert seen(b) == {}, "without a state directory"
            s.stop()


def test_damaged():
    with bus.Bus() as b, h.tempfile.TemporaryDirectory(prefix="sockd-test-") as d:
        with open(os.path.join(d, "peers"), "wb") as f:
            f.write(b"sockd peers 1\n192.0.2.7 1 1 0 0 1000 2000\n\x1b[31m\0\xff" * 1000)
        with start(b, d, d) as s:
            s.wait_line(r"/peers:3: damaged, ignoring the rest")
            assert list(seen(b)) == ["192.0.2.7"]
            talk(s, "127.0.0.2")
            s.stop()
        with start(b, d, d) as s:
            assert set(seen(b)) == {"192.0.2.7", "127.0.0.2"}
            assert "damaged" not in s.stderr
            s.stop()


def test_new_file_in_the_way():
    """A FIFO, which nobody reads, or a link to what is not a table."""
    with h.tempfile.TemporaryDirectory(prefix="sockd-test-") as d:
        other = os.path.join(d, "other")
        with open(other, "w", encoding="ascii") as f:
            f.write("mine\n")
        for put in (os.mkfifo, lambda path: os.symlink(other, path)):
            put(os.path.join(d, "peers.new"))
            with h.Sockd(env={"STATE_DIRECTORY": d}) as s:
                talk(s, "127.0.0.2")
                s.stop()
                assert "cannot save" not in s.stderr, s.stderr
            assert len(read(os.path.join(d, "peers")).splitlines()) == 2
            assert sorted(os.listdir(d)) == ["other", "peers"]
            assert read(other) == "mine\n"
            os.unlink(os.path.join(d, "peers"))


def test_cannot_save():
    """Two of them, so that their waits are one."""
    full, read_only = "/run/full", "/run/read-only"
    h.mount_tmpfs(full, "4k")
    with open(f"{full}/ballast", "wb") as f:
        f.write(b"x" * 4096)
    h.mount_tmpfs(read_only, "64k")
    subprocess.run(["mount", "-o", "remount,ro", read_only], check=True)
    reasons = {full: "No space left on device", read_only: "Read-only file system"}
    with h.contextlib.ExitStack() as stack:
        daemons = {state: stack.enter_context(h.Sockd(env={"STATE_DIRECTORY": state})) for state in reasons}
        for s in daemons.values():
            talk(s, "127.0.0.2")
        for state, s in daemons.items():
            s.wait_line(rf"cannot save the table of peers to {state}/peers, retrying: {reasons[state]}$")
            talk(s, "127.0.0.3")
        assert (os.listdir(full), os.listdir(read_only)) == (["ballast"], []), "something half-written"
        os.unlink(f"{full}/ballast")
        subprocess.run(["mount", "-o", "remount,rw", read_only], check=True)
        for state, s in daemons.items():
            s.wait_line("the table of peers is saved to .* again")
            s.stop()
            assert s.stderr.count("cannot save") == 1, s.stderr
            assert len(read(f"{state}/peers").splitlines()) == 3


if __name__ == "__main__":
    h.main()
