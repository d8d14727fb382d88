#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An output with a file for each listener, peer and day. Each record is in the file of its peer, whole and once,
however few files may be open; what is wrong with one file, or with one too many, is told to its peer alone."""

import gzip
import os
import re
import signal
import socket
import subprocess
import threading

import bus
import harness as h

DATE = re.compile(r"\d{4}-\d\d-\d\d")
PEERS, LINES = 40, 50


def many(path="%{peer}.log", **keys):
    return h.file(path=f"@DIR@/many/{path}", **keys)


def names(s):
    """Paths of all files, below their directory."""
    top = s.path("many")
    return sorted(os.path.relpath(os.path.join(d, f), top) for d, _, files in os.walk(top) for f in files)


def texts(s, name):
    return [r.text for r in h.records(s.path(f"many/{name}"))]


def peer(n):
    return f"127.0.{n // 256}.{n % 256}"


def client(s, n, name="tcp"):
    return h.Client(s.address(name), source=(peer(n), 0))


def test_names():
    listeners = [h.tcp(), h.udp(address="*", reply="ok %i %l\n"), h.unix(name="local", path="@DIR@/socket")]
    with h.Sockd(listeners, [many("%{listener}/%{date}/%{peer}.log"), h.journal()]) as s:
        with client(s, 9) as c, h.LocalClient(s.path("socket")) as local:
            c.send(b"x\n").receipts(1)
            local.send(b"y\n").receipts(1)
            with h.Datagrams(("::1", s.port("udp"))) as d:
                d.ask(b"z" * 60)
        found = [DATE.sub("DATE", name) for name in names(s)]
        assert found == ["local/DATE/uid_%d.log" % os.getuid(), "tcp/DATE/127.0.0.9.log", "udp/DATE/__1.log"], found
        for name, text in zip(names(s), (b"y", b"x", b"z" * 60)):
            assert texts(s, name) == [text]
            [record] = h.records(s.path(f"many/{name}"))
            assert record.time.decode()[:10] in name, "the day of the record, not of the clock"
        assert os.stat(s.path("many/tcp")).st_mode & 0o777 == 0o750
        s.stop()


def n_open(s):
    """Of the files, at one instant."""
    h.freeze(s.pid)
    found = sum("/many/" in name for name in s.descriptors())
    s.signal(signal.SIGCONT)
    return found


def test_few_open():
    """In turns, so that each message finds the file of its peer closed."""
    with h.Sockd(outputs=[many(files_open=3)], top="workers = 2;") as s:
        clients = [client(s, n + 1) for n in range(PEERS)]
        got = [[] for _ in clients]
        for i in range(LINES):
            for c in clients:
                c.send(b"%d\n" % i)
            assert n_open(s) <= 3
            for c, ids in zip(clients, got):
                ids += c.receipts(1)
        for c in clients:
            c.close()
        s.stop()
        for n, ids in enumerate(got):
            records = h.records(s.path(f"many/{peer(n + 1)}.log"))
            assert [(r.id, r.text) for r in records] == [(i, b"%d" % k) for k, i in enumerate(ids)], n
        assert s.counters()["tcp"].recorded == PEERS * LINES == sum(o.recorded for o in s.outputs().values())


def test_files_max():
    """The next peer is told; those that have a file notice nothing, not even with the same wake-up."""
    with h.Sockd([h.tcp(), h.tcp(name="mute", reply="")], [many(files_max=2)], top="workers = 1;") as s:
        clients = [client(s, n) for n in (1, 2, 3)]
        for c in clients[:2]:
            c.send(b"first\n").receipts(1)
        os.kill(s.pid, signal.SIGSTOP)
        for c in clients:
            c.send(b"second\n")
        os.kill(s.pid, signal.SIGCONT)
        assert clients[2].line().startswith(b"error ")
        for c in clients[:2]:
            c.receipts(1)
        s.wait_line("there are 2 files, which is files_max")
        with client(s, 4, "mute") as mute:
            mute.send(b"lost\n").finish().rest()
        for c in clients[:2]:
            c.send(b"third\n").receipts(1)
        s.reload([h.tcp(), h.tcp(name="mute", reply="")], [many(files_max=3)], top="workers = 1;")
        clients[2].send(b"now\n").receipts(1)
        for c in clients:
            c.close()
        s.stop()
        assert names(s) == [f"{peer(n)}.log" for n in (1, 2, 3)]
        assert texts(s, f"{peer(3)}.log") == [b"now"]
        c = s.counters()
        assert (c["tcp"].recorded, c["tcp"].failed, c["mute"].failed) == (7, 1, 1), c
        assert s.stderr.count("which is files_max") == 1


def test_dropped():
    with h.Sockd(outputs=[h.file(), many(files_max=1, when_full="drop")]) as s:
        for n in (1, 2, 3):
            with client(s, n) as c:
                c.send(b"x\n").receipts(1)
        s.stop()
        assert names(s) == ["127.0.0.1.log"]
        o = s.outputs()[s.path("many/%{peer}.log")]
        assert (o.recorded, o.dropped, o.failed) == (1, 2, 0), o


def test_one_bad_file():
    """What is in the way of one peer is in nobody else's."""
    with h.Sockd(outputs=[many()]) as s:
        with client(s, 1) as c:
            c.send(b"x\n").receipts(1)
        os.mkdir(s.path("many/127.0.0.2.log"))
        os.symlink("/nonexistent", s.path("many/127.0.0.3.log"))
        with client(s, 1) as good, client(s, 2) as bad, client(s, 3) as link:
            for c in (bad, link):
                assert c.send(b"x\n").line().startswith(b"error ")
            good.send(b"y\n").receipts(1)
            os.rmdir(s.path("many/127.0.0.2.log"))
            bad.send(b"z\n").receipts(1)
        s.stop()
        assert texts(s, "127.0.0.1.log") == [b"x", b"y"] and texts(s, "127.0.0.2.log") == [b"z"]
        assert not os.path.exists("/nonexistent")


def test_moved_and_torn():
    with h.Sockd(outputs=[many(files_open=1)]) as s:
        one, two = s.path("many/127.0.0.1.log"), s.path("many/127.0.0.2.log")
        with client(s, 1) as c, client(s, 2) as other:
            c.send(b"a\n").receipts(1)
            os.rename(one, f"{one}.1")
            c.send(b"b\n").receipts(1)
            h.wait_for(lambda: os.path.exists(one), "the new file")
            with open(two, "wb") as f:
                f.write(b"a line\nhalf a l")
            os.chmod(two, 0o666)
            other.send(b"c\n").receipts(1)
            with open(two, "rb") as f:
                assert f.readline() == b"a line\n" and f.readline().endswith(b" c\n")
        s.stop()
        both = [r.text for path in (f"{one}.1", one) for r in h.records(path)]
        assert both[0] == b"a" and b"b" in both[1:], both


def test_directory_moved():
    """With the files in it, which are read and removed at once: what has a receipt is there, or was read."""
    with h.Sockd(outputs=[many("%{peer}/x.log")]) as s, client(s, 1) as c, client(s, 2) as other:
        stop, got, read = threading.Event(), [], set()

        def send():
            while not stop.is_set():
                got.extend(c.send(b"x\n").receipts(1))

        sender = threading.Thread(target=send)
        sender.start()
        for i in range(20):
            h.wait_for(lambda n=len(got): len(got) > n + 5, "more messages")
            away = s.path(f"away{i}")
            os.rename(s.path("many"), away)
            for top, _, files in os.walk(away):
                for name in files:
                    read |= {r.id for r in h.records(os.path.join(top, name))}
                    os.unlink(os.path.join(top, name))
            got.extend(other.send(b"y\n").receipts(1))
        stop.set()
        sender.join()
        s.stop()
        left = {r.id for name in names(s) for r in h.records(s.path(f"many/{name}"))}
        assert set(got) <= read | left, set(got) - read - left
        assert s.counters()["tcp"].failed == 0


def test_moved_under_load():
    """Files are renamed all the time; no receipt is for a record that is nowhere."""
    with h.Sockd(outputs=[many(files_open=2)]) as s:
        stop, got = threading.Event(), {}

        def send(n):
            got[n] = []
            with client(s, n) as c:
                while not stop.is_set():
                    got[n] += c.send(b"x\n" * 20).receipts(20)

        threads = [threading.Thread(target=send, args=(n,)) for n in range(1, 5)]
        for t in threads:
            t.start()
        for i in range(30):
            path = s.path(f"many/127.0.0.{i % 4 + 1}.log")
            h.wait_for(lambda p=path: os.path.exists(p), path)
            os.rename(path, f"{path}.{i}")
        stop.set()
        for t in threads:
            t.join()
        s.stop()
        for n, ids in got.items():
            files = [f for f in names(s) if f.startswith(f"127.0.0.{n}.log")]
            recorded = {r.id for f in files for r in h.records(s.path(f"many/{f}"))}
            assert set(ids) <= recorded, n


def test_logrotate():
    """As the example does it."""
    with open(os.path.join(h.SRCDIR, "doc/examples/many-files.logrotate"), encoding="utf-8") as f:
        example = f.read().replace("\tsu sockd adm\n", "")
    with h.Sockd(outputs=[many("%{peer}/messages.log")]) as s:
        config = s.path("logrotate.conf")
        with open(config, "w", encoding="utf-8") as f:
            f.write(example.replace("/var/log/sockd/", s.path("many/")))
        ids = {}
        for i in range(3):
            for n in (1, 2):
                with client(s, n) as c:
                    ids.setdefault(n, []).extend(c.send(b"%d\n" % i).receipts(1))
            if i < 2:
                subprocess.run([h.tool("logrotate"), "--force", "--state", s.path("state"), config], check=True)
        s.stop()
        for n, wanted in ids.items():
            top = s.path(f"many/{peer(n)}")
            assert sorted(os.listdir(top)) == ["messages.log", "messages.log.1", "messages.log.2.gz"]
            with gzip.open(os.path.join(top, "messages.log.2.gz")) as f:
                found = [h.record(line.rstrip(b"\n")).id for line in f]
            for name in ("messages.log.1", "messages.log"):
                found += [r.id for r in h.records(os.path.join(top, name))]
            # What went to the file just after it was moved is in the new one, too.
            assert list(dict.fromkeys(found)) == wanted, (n, found, wanted)


def test_shown():
    """The sum over all files, and the one that fails."""
    with bus.Bus() as b, h.Sockd(outputs=[many(files_open=1)], env=b.env) as s:
        b.wait_owned()
        for n in (1, 2):
            with client(s, n) as c:
                c.send(b"x\n").receipts(1)
        os.symlink("/nonexistent", s.path("many/127.0.0.3.log"))
        with client(s, 3) as c:
            assert c.send(b"x\n").line().startswith(b"error ")
            [row] = b.rows("outputs")
            assert [row[k] for k in ("recorded", "failed", "files", "files_open", "files_failing")] == [2, 1, 3, 0, 1]
            assert "127.0.0.3.log: " in row["file_error"] and row["state"] == "works", row
            assert "1 of 3 files fail" in b.sockctl("outputs").out.decode()
            assert "127.0.0.3.log: " in b.sockctl("status").out.decode()
            os.unlink(s.path("many/127.0.0.3.log"))
            c.send(b"x\n").receipts(1)
        [row] = b.rows("outputs")
        assert (row["files_failing"], row["file_error"]) == (0, ""), row
        s.stop()


def test_datagrams_of_many():
    """Of one batch, each to its own file."""
    with h.Sockd([h.udp()], [many(files_open=4)]) as s:
        os.kill(s.pid, signal.SIGSTOP)
        for i in range(PEERS):
            for n in range(3):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as d:
                    d.bind((peer(i % 20 + 1), 0))
                    d.sendto(b"%d %d" % (i, n), s.address("udp"))
        os.kill(s.pid, signal.SIGCONT)
        s.stop()
        assert len(names(s)) == 20
        for k in range(20):
            assert texts(s, f"{peer(k + 1)}.log") == [b"%d %d" % (i, n) for i in (k, k + 20) for n in range(3)]


def test_no_directory():
    with h.Sockd() as s:
        with open(s.path("many"), "wb"):
            pass
        assert "many" in s.refuse_reload(outputs=[many()])
        os.unlink(s.path("many"))
        s.reload(outputs=[many()])
        with client(s, 1) as c:
            c.send(b"x\n").receipts(1)
        s.stop()
        assert names(s) == ["127.0.0.1.log"]


if __name__ == "__main__":
    h.main()
