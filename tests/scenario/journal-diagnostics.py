#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Standard error is the journal, and a socket takes the place of journald: the log entries of sockd
have a priority, and those that an operator may want explained have a MESSAGE_ID that is in the
catalog, with the name of the listener or output concerned."""

import os
import re
import signal

import harness as h
import servers

h.in_namespace()

PREFIX = ["sh", "-c", 'JOURNAL_STREAM=$(stat -Lc %d:%i /proc/self/fd/2) exec "$@"', "sh"]


def catalog():
    """MESSAGE_ID: the entry, whole."""
    with open(os.path.join(h.SRCDIR, "systemd/sockd.catalog"), encoding="utf-8") as f:
        return dict(re.findall(r"^-- ([0-9a-f]{32})\n(.*?)(?=^-- |\Z)", f.read(), re.M | re.S))


def wait_entry(journald, pattern):
    """The first log entry of sockd whose text matches."""
    while True:
        data, _, _, _ = h.socket.recv_fds(journald.socket, 1 << 20, 4)
        fields = journald.parse(data)
        if b"SOCKD_ID" not in fields and re.search(pattern, fields[b"MESSAGE"].decode()):
            return {k.decode(): v.decode() for k, v in fields.items()}


def explained(entry, subject):
    text = catalog()[entry["MESSAGE_ID"]]
    assert subject in text.splitlines()[0], text
    for name in re.findall("@([A-Z_]+)@", text):
        assert name in entry, f"the catalog shows {name}, the entry has none: {entry}"
    return entry


def test_events():
    journald = h.Journald()
    with h.Sockd([h.tcp(framing="octet-counted")], prefix=PREFIX, wait=False) as s:
        s.wait_ready()
        port = int(wait_entry(journald, "listening on")["MESSAGE"].split()[4].rpartition(":")[2])
        with h.Client(("127.0.0.1", port)) as c:
            c.send(b"no octet count").rest()
        entry = explained(wait_entry(journald, "bad octet count"), "A client broke the framing")
        assert entry["SOCKD_LISTENER"] == "tcp" and entry["PRIORITY"] == "4"
        s.write_config("nonsense")
        s.signal(signal.SIGHUP)
        entry = explained(wait_entry(journald, "cannot reload"), "The settings were not reloaded")
        assert entry["PRIORITY"] == "3" and re.search(r"sockd\.conf:\d+: ", entry["MESSAGE"]), entry
        s.stop()
    journald.close()


def test_output_that_fails_and_works_again():
    journald = h.Journald()
    with h.Sockd(outputs=[h.file(path="@DIR@/later/messages.log")], prefix=PREFIX, wait=False) as s:
        s.wait_ready()
        entry = explained(wait_entry(journald, "are not stored"), "An output cannot be written to")
        assert entry["SOCKD_OUTPUT"] == s.path("later/messages.log")
        os.mkdir(s.path("later"))
        explained(wait_entry(journald, "works again"), "An output works again")
        s.stop()
    journald.close()


def test_busy_journal():
    """Its queue is full: warnings wait, status shows them, and the journal gets all of them in the end."""
    journald = h.Journald()
    n = 25  # more than the queue of a socket takes, less than are kept
    with h.tempfile.TemporaryDirectory() as d:
        with h.Sockd([h.tcp()], prefix=PREFIX, wait=False, env={"RUNTIME_DIRECTORY": d}) as s:
            s.wait_ready()
            env = {"SOCKD_CONTROL": os.path.join(d, "control")}
            for i in range(n):
                s.write_config(h.config_text(top=f"bad{i} = 1;"))
                assert servers.sockctl("reload", env=env).code == 1
            shown = servers.sockctl("status", env=env).out.decode()
            assert all(f" bad{i}: unknown key" in shown for i in range(n)), shown
            late = 0
            for i in range(n):
                entry = wait_entry(journald, f" bad{i}: unknown key")
                late += "ago, the journal was busy)" in entry["MESSAGE"]
            assert 0 < late < n
            s.stop()
    journald.close()


def test_datagrams_lost():
    journald = h.Journald()
    with h.Sockd([h.udp(reply="", receive_buffer=4096)], prefix=PREFIX, wait=False) as s:
        s.wait_ready()
        port = int(wait_entry(journald, "listening on")["MESSAGE"].split()[4].rpartition(":")[2])
        with h.Datagrams(("127.0.0.1", port)) as c:
            for _ in range(20000):
                c.send(b"datagram")
        s.signal(signal.SIGTERM)
        s.wait_exit()
        begin = explained(wait_entry(journald, "drops datagrams"), "The kernel drops datagrams")
        end = explained(wait_entry(journald, r"[1-9]\d* were lost"), "The kernel has stopped dropping datagrams")
        assert begin["SOCKD_LISTENER"] == end["SOCKD_LISTENER"] == "udp"
    journald.close()


if __name__ == "__main__":
    h.main()
