#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An operator looks for messages in the files that sockd writes: text and JSON, rotated, compressed,
moved and damaged ones, by time, peer, listener and receipt; follows them over a rotation; and proves a
pile of receipts."""

import datetime
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile

import harness as h
import servers

# When the sockd was started that gave the ids of mwt004btabc, and a second later; microseconds.
STARTED = int("mwt004bt", 36) * 1000
START = STARTED // 10**6 * 10**6 + 10**6
PACKERS = {"gz": "gzip", "zst": "zstd", "xz": "xz"}
OUTPUTS = {"text": {}, "json": {"format": "json", "path": "@DIR@/messages.json"}}


def time_text(usec):
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return (epoch + datetime.timedelta(microseconds=usec)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def line(n, message=None, **keys):
    """A text record: a second later for each number."""
    of = {"id": f"mwt004btabc-{n}", "peer": "192.0.2.7:51234", "listener": "tcp", "usec": START + n * 1000000, **keys}
    message = f"message {n}" if message is None else message
    return f"{time_text(of['usec'])} {of['listener']} {of['peer']} {of['id']} {message}\n"


def json_line(n, message=None, **more):
    of = {"time": time_text(START + n * 1000000), "id": f"mwt004btabc-{n}", "listener": "tcp", "protocol": "tcp",
          "peer_address": "192.0.2.7", "peer_port": 51234, "local_address": "127.0.0.1", "local_port": 9191, **more,
          "message": f"message {n}" if message is None else message}
    of.setdefault("size", len(of["message"].encode()))
    return json.dumps(of, separators=(",", ":")) + "\n"


class Files:
    """A config whose outputs write to a directory, and what lies there; no sockd runs."""

    def __init__(self, *outputs):
        self.dir = tempfile.TemporaryDirectory(prefix="sockctl-log-")
        self.path = self.dir.name
        self.config = os.path.join(self.path, "sockd.conf")
        self.write("sockd.conf", h.config_text(outputs=list(outputs) or [h.file()]).replace("@DIR@", self.path))

    def file(self, name):
        return os.path.join(self.path, name)

    def write(self, name, *lines, mode="w"):
        """A suffix of PACKERS compresses."""
        stem, _, suffix = name.rpartition(".")
        plain = self.file(stem if suffix in PACKERS else name)
        with open(plain, mode, encoding="utf-8") as f:
            f.writelines(lines)
        os.utime(plain, ns=((START + 10**11) * 1000,) * 2)
        if suffix in PACKERS:
            h.tool(PACKERS[suffix])
            with open(self.file(name), "wb") as f:
                subprocess.run([PACKERS[suffix], "-c", plain], stdout=f, check=True)
            os.unlink(plain)

    def log(self, *args, **keys):
        return servers.sockctl("-c", self.config, "log", *args, **keys)

    def lines(self, *args, **keys):
        r = self.log(*args, **keys)
        assert r.code == 0 and r.err == "", r
        return r.out.decode().splitlines(keepends=True)

    def numbers(self, *args):
        return [int(re.search(r"mwt004btabc-(\d+)", text).group(1)) for text in self.lines(*args)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.dir.cleanup()


def test_as_sockd_writes_them():
    """Each output, and each format that is asked for, tells the same of the messages that were sent."""
    sent = [b"hello", b"", b"back\\slash \x1b[31m", "grüße".encode(), b"\\[cut off]", b"x" * 70, b"\\"]
    for kind, keys in OUTPUTS.items():
        with h.Sockd(outputs=[h.file(**keys)], listeners=[h.tcp(), h.unix()],
                     top="limits = { message_size = 64; };") as s:
            with s.connect() as c, s.local() as local:
                ids = c.send(b"\n".join(sent) + b"\n").receipts(len(sent)) + local.send(b"of a process\n").receipts(1)
            shown = servers.sockctl("-c", s.config, "log")
            assert shown.code == 0 and shown.err == "", shown
            records = [h.record(text) for text in shown.out.splitlines()]
            assert [r.id for r in records] == ids
            assert [bytes(r) for r in records][:5] == sent[:5]
            assert records[5].text == b"x" * 64 + b"\\[truncated 70 bytes]" and records[7].listener == b"stream"
            as_json = [json.loads(text) for text in servers.sockctl("-c", s.config, "log", "-j").out.splitlines()]
            assert [r["id"].encode() for r in as_json] == ids
            assert [r["message"].encode() for r in as_json][:5] == sent[:5]
            assert as_json[5]["size"] == 70 and as_json[5]["truncated"] is True
            assert as_json[7]["peer_address"] == f"uid:{os.getuid()}" and as_json[7]["peer_pid"] == os.getpid()
            if kind == "text":
                with open(s.log, "rb") as f:
                    assert shown.out == f.read()
                assert "protocol" not in as_json[0], "text does not tell"
            else:
                with open(s.path("messages.json"), encoding="utf-8") as f:
                    assert as_json == [json.loads(text) for text in f]
            cat = servers.sockctl("-c", s.config, "log", "-o", "cat", "--id", ids[3].decode())
            assert cat.out == "grüße\n".encode(), cat
            uid = servers.sockctl("-c", s.config, "log", "-o", "cat", "--peer", f"uid:{os.getuid()}")
            assert uid.out == b"of a process\n", uid
            s.stop()


def test_many_files():
    """Of an output with a file for each peer: all that there are, what was rotated, and nothing else."""
    with Files(h.file(path="@DIR@/by[x]/%{peer}.log")) as f:
        os.mkdir(f.file("by[x]"))
        for n in range(12):
            f.write(f"by[x]/10.0.0.{n % 4}.log", line(n), mode="a")
        f.write("by[x]/10.0.0.9.log.2.gz", line(12))
        f.write("by[x]/10.0.0.9.log.1", line(13))
        f.write("by[x]/notes.txt", line(77))
        os.mkdir(f.file("byx"))
        f.write("byx/10.0.0.1.log", line(78))
        assert f.numbers() == list(range(14))
        assert f.numbers("--id", "mwt004btabc-12") == [12]


def test_rotated():
    """By the time of what is in them, whatever their names; what is wanted, in all of them."""
    with Files() as f:
        f.write("messages.log", *(line(n) for n in range(40, 50)))
        f.write("messages.log.1", *(line(n) for n in range(30, 40)))
        f.write("messages.log.3.gz", *(line(n) for n in range(10, 20)))
        f.write("messages.log.2.gz", *(line(n) for n in range(20, 30)))
        f.write("messages.log-20251118", *(line(n) for n in range(10)))
        f.write("messages.log.swp", "something else\n")
        f.write("messages.logs", line(77))
        everything = list(range(50))
        assert f.numbers() == everything
        assert f.numbers("-n", "3") == [47, 48, 49] and f.numbers("-n0") == [] and f.numbers("-n", "99") == everything
        assert f.numbers("-n", "25") == everything[25:]
        for n in (0, 15, 25, 35, 45):
            assert f.numbers("--id", f"mwt004btabc-{n}") == [n]
        assert f.numbers("--id", "mwt004btabc-45", "--id", "mwt004btabc-5") == [5, 45]
        assert f.numbers("--since", f"@{START // 10**6 + 48}") == [48, 49]
        assert f.numbers("--until", f"@{START // 10**6 + 1}") == [0, 1]
        assert f.numbers("--since", f"@{START // 10**6 + 18}", "--until", f"@{START // 10**6 + 21}") == [18, 19, 20, 21]
        assert f.numbers("--until", f"@{START // 10**6 + 21}", "-n", "2") == [20, 21]
        assert f.numbers("--since", "now") == []
        r = f.log("--id", "mwt004btabc-99")
        assert r.code == 1 and r.out == b"" and len(r.err.splitlines()) == 1 and "the files" in r.err, r


def test_what_is_wanted():
    """The options do what they do with the journal."""
    with Files(h.file(**OUTPUTS["json"])) as f:
        f.write("messages.json",
                *(json_line(n, peer_address=f"192.0.{n % 4}.{n}", listener=f"l{n % 3}") for n in range(20)),
                json_line(20, peer_address="2001:db8:7::1", syslog_pid=[1, {"a": None}]),
                json_line(21, peer_address="fe80::1%nowhere"),
                json_line(22, protocol="unix-stream", peer_address="uid:1000", peer_uid=1000, peer_gid=100, peer_pid=7))
        assert f.numbers("--listener", "l1") == [1, 4, 7, 10, 13, 16, 19]
        assert f.numbers("--listener", "l1", "--listener", "l2", "-n2") == [17, 19]
        assert f.numbers("--peer", "192.0.2.0/24", "-n", "2", "--listener", "l2") == [2, 14]
        assert f.numbers("--peer", "2001:db8::/32") == [20] and f.numbers("--peer", "fe80::1") == [21]
        assert f.numbers("--peer", "uid:1000") == f.numbers("--peer", "gid:100") == [22]
        assert f.numbers("--id", "mwt004btabc-7", "--listener", "l1") == [7]
        assert f.log("--id", "mwt004btabc-7", "--listener", "l2").code == 1
        assert '"syslog_pid":[1,{"a":null}]' in f.lines("-j", "--id", "mwt004btabc-20")[0], "as it is in the file"
        assert " [2001:db8:7::1]:51234 " in f.lines("--id", "mwt004btabc-20")[0]
        assert " uid:1000/pid:7 " in f.lines("--id", "mwt004btabc-22")[0]


def test_certificates():
    """Of JSON and text the same peers are found, by the name and by the address."""
    with Files(h.file(**OUTPUTS["json"]), h.file(name="text")) as f:
        tls = {"tls": "TLSv1.3", "peer_fingerprint": "0f" * 32}
        f.write("messages.json", json_line(1, peer_name="scale-7", **tls), json_line(2, **tls),
                json_line(3, peer_name=r"a@b\x20c", peer_address="2001:db8::1", **tls),
                json_line(4, peer_name="scale-7"))
        f.write("messages.log", line(5, peer="scale-7@192.0.2.7:51234"), line(6, peer=r"a@b\x20c@[2001:db8::1]:5"),
                line(7, peer="a b@192.0.2.7:51234"))
        assert f.numbers() == [1, 2, 3, 4, 5, 6]
        assert f.numbers("--name", "scale-7") == [1, 4, 5] and f.numbers("--name", r"a@b\x20c") == [3, 6]
        assert f.numbers("--peer", "192.0.2.7") == [1, 2, 4, 5] and f.numbers("--peer", "2001:db8::/32") == [3, 6]
        assert [text.split()[2] for text in f.lines()] == [
            "scale-7@192.0.2.7:51234", "192.0.2.7:51234", r"a@b\x20c@[2001:db8::1]:51234", "192.0.2.7:51234",
            "scale-7@192.0.2.7:51234", r"a@b\x20c@[2001:db8::1]:5"]
        assert f.lines("-o", "cat", "--id", "mwt004btabc-5") == ["message 5\n"]
        of = json.loads(f.lines("-j", "--id", "mwt004btabc-6")[0])
        assert (of["peer_address"], of["peer_port"], of["peer_name"]) == ("2001:db8::1", 5, r"a@b\x20c"), of


def test_compressed():
    for suffix, name in PACKERS.items():
        if not shutil.which(name):
            print(f"SKIP: {name} is not installed")
            continue
        with Files() as f:
            f.write(f"messages.log.1.{suffix}", *(line(n) for n in range(10)))
            f.write("messages.log", line(10))
            assert f.numbers() == list(range(11))
            assert f.numbers("--id", "mwt004btabc-3") == [3]
            # Without the program, one line tells how to get it.
            r = servers.sockctl("-c", f.config, "log", env={"PATH": "/nonexistent"})
            assert r.code == 1 and len(r.err.splitlines()) == 1 and f"messages.log.1.{suffix}: " in r.err, r
            assert f"without {name} (package {name}" in r.err, r
            # What is left of a file is shown, and that something is not.
            os.truncate(f.file(f"messages.log.1.{suffix}"), os.path.getsize(f.file(f"messages.log.1.{suffix}")) - 3)
            r = f.log()
            assert f"messages.log.1.{suffix}: {name} says that it is not whole" in r.err and b"message 10" in r.out, r


def test_once():
    """Records that are in two files, in two outputs and in a damaged file."""
    with Files(h.file(), h.file(**OUTPUTS["json"])) as f:
        f.write("messages.log.damaged-mwt004btabc", *(line(n) for n in range(10)), line(10)[:30])
        f.write("messages.log", *(line(n) for n in range(7, 20)))
        f.write("messages.json", *(json_line(n) for n in range(15, 25)), json_line(25)[:-9])
        assert f.numbers() == list(range(25))
        assert f.numbers("--id", "mwt004btabc-8") == [8] and f.numbers("-n", "12") == list(range(13, 25))
        of_two = f.lines("-j", "-n", "10")
        assert all("protocol" in json.loads(text) for text in of_two), "the one that tells more is shown"
        f.write("receipts", *(f"ok mwt004btabc-{n} durable\n" for n in range(25)))
        assert f.lines("--receipts", f.file("receipts")) == ["25 receipts, 25 recorded, 0 missing\n"]


def test_what_is_no_record():
    """Neither text of others nor what would do harm on a terminal is shown."""
    bad = ["", "hello world", line(90)[:-1][:40], line(91, "\x1b[2J")[:-1], line(92, "\\x41")[:-1], '{"time":1}', "{",
           json_line(93, size=0)[:-1], json_line(94).replace("message 94", "\x7f")[:-1], "\0" * 5000,
           line(95, peer="me:1")[:-1]]
    with Files() as f:
        f.write("messages.log", line(1), *(text + "\n" for text in bad), json_line(2), line(3))
        assert f.numbers() == [1, 2, 3]


def test_where():
    """The config decides, unless options do."""
    with Files() as f, tempfile.TemporaryDirectory(prefix="sockctl-log-") as other:
        f.write("messages.log", line(1))
        f.write("old.log", line(2))
        os.mkdir(f.file("backup"))
        for n in (3, 4):
            f.write(f"backup/{n}.log", line(n))
        assert f.numbers() == f.numbers("--source", "files") == [1]
        assert f.numbers("--source", f.file("old.log")) == [2]
        assert f.numbers("--source", f.file("backup")) == [3, 4]
        for args in (["-D", other], ["-D", other, "--source=journal"]):
            r = f.log(*args)
            assert r.code == 1 and r.err == f"sockctl: there is no journal in {other}\n", r
        for args in (["--source", "disk"], ["-D", other, "--source", "files"], ["--receipts", "-", "-f"],
                     ["--receipts", "-", "--id", "a-1"]):
            r = f.log(*args)
            assert r.code == 2 and len(r.err.splitlines()) == 1 and r.out == b"", (args, r)
        for args in (["--source", f.file("nothing.log")], ["-c", f.file("nothing.conf")]):
            r = f.log(*args)
            assert r.code == 1 and len(r.err.splitlines()) == 1 and "nothing" in r.err, (args, r)
        f.write("sockd.conf", "listeners = 7;\n")
        r = f.log()
        assert r.code == 1 and r.out == b"" and r.err.startswith(f"sockctl: {f.config}:1: "), r
        f.write("sockd.conf", h.config_text(outputs=[h.journal()]))
        r = f.log("--source", "files")
        assert r.code == 1 and r.err == f"sockctl: {f.config}: no output is a file\n", r
        f.write("sockd.conf", h.config_text(outputs=[h.file(path="/nonexistent/messages.log")]))
        r = f.log("--source", "files")
        assert r.code == 1 and r.err == f"sockctl: {f.config}: no output has written a file yet\n", r


def test_large():
    """Bisecting finds what is there, also where records have changed places; nothing is shown twice."""
    n = 60000
    lines = [line(0, id=f"mwt004btabc-{h36(i)}", usec=START + (i ^ 3) * 10**6, message=f"n{i}") for i in range(n)]
    lines[n // 2], lines[100] = lines[100], lines[n // 2]
    with Files() as f:
        f.write("messages.log", *lines)
        for i in (0, 1, 99, 100, 20000, n // 2, n - 1):
            assert f.lines("--id", f"mwt004btabc-{h36(i)}", "-o", "cat") == [f"n{i}\n"]
        assert f.lines("-o", "cat", "--since", f"@{START // 10**6 + 40000}", "--until",
                       f"@{START // 10**6 + 40003}") == [f"n4000{i}\n" for i in range(4)]
        assert len(f.lines("--since", f"@{START // 10**6 + 50000}")) == 10000
        assert f.lines("-o", "cat", "-n", "2") == [f"n{n - 4}\n", f"n{n - 3}\n"]
        assert len(f.lines("-n", "7000")) == 7000


def h36(n):
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    return digits[n] if n < 36 else h36(n // 36) + digits[n % 36]


def follow(s, *args):
    return servers.start("-c", s.config, "log", "-f", "-o", "cat", *args, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE)


def test_follow():
    """Over rotations, and with two outputs: every message once, in order."""
    for outputs in ([h.file()], [h.file(), h.file(**OUTPUTS["json"])]):
        with h.Sockd(outputs=outputs) as s, s.connect() as c:
            c.send(b"".join(b"%d\n" % i for i in range(20))).receipts(20)
            with follow(s) as p:
                assert [int(p.stdout.readline()) for _ in range(10)] == list(range(10, 20))
                for i in range(20, 60):
                    c.send(b"%d\n" % i).receipts(1)
                    assert int(p.stdout.readline()) == i
                    if i % 10 == 0:
                        h.wait_for(lambda: os.path.exists(s.log), "the file")
                        os.rename(s.log, f"{s.log}.{i}")
                p.stdout.close()
                c.send(b"60\n").receipts(1)
                h.wait_for(lambda: p.poll() is not None, "sockctl to notice that nobody reads")
                assert p.stderr.read() == b""
                p.stderr.close()
            s.stop()


def test_follow_what_was_not_seen():
    """Files that come and are renamed while sockctl has no time to look; a copy of an old one; one written anew."""
    with Files() as f:
        f.write("messages.log", *(line(n) for n in range(100)))
        with follow(f, "-n1") as p:
            def shows(*numbers):
                for n in numbers:
                    assert p.stdout.readline() == b"message %d\n" % n
            shows(99)
            p.send_signal(signal.SIGSTOP)
            for n in range(100, 106):
                os.rename(f.file("messages.log"), f.file(f"messages.log.{n}"))
                f.write("messages.log", line(n))
            shutil.copy(f.file("messages.log.100"), f.file("messages.log.copy"))
            p.send_signal(signal.SIGCONT)
            shows(*range(100, 106))
            f.write("messages.log.105", line(106), mode="a")  # sockd has not noticed yet that it was renamed
            shows(106)
            f.write("messages.log", line(107, "m"))  # shorter than before
            assert p.stdout.readline() == b"m\n"
            p.terminate()
            p.stdout.close()
            p.stderr.close()


def test_follow_what_is_wanted():
    with h.Sockd(listeners=[h.tcp(), h.tcp(name="other")]) as s, s.connect() as c, s.connect("other") as other:
        c.send(b"before\n").receipts(1)
        with follow(s, "--since", "1min ago", "--listener", "other") as p:
            for i in range(5):
                c.send(b"not wanted\n").receipts(1)
                other.send(b"%d\n" % i).receipts(1)
                assert int(p.stdout.readline()) == i
            p.terminate()
            p.stdout.close()
            p.stderr.close()
        s.stop()


def test_receipts():
    """Of what was sent in truth, over rotated and compressed files; some have no record."""
    with h.Sockd(outputs=[h.file(**keys) for keys in OUTPUTS.values()]) as s:
        sent = b"".join(b"message %d\n" % i for i in range(3000))
        r = servers.sockctl("send", "-H", "127.0.0.1", "-p", str(s.port()), stdin=sent)
        assert r.code == 0
        ids = h.ids_of(r.out)
        for args in (["--receipts", "-"], ["--receipts", "-", "--source", s.log], ["--receipts=-", "--source=files"]):
            shown = servers.sockctl("-c", s.config, "log", *args, stdin=r.out)
            assert (shown.code, shown.out, shown.err) == (0, b"3,000 receipts, 3,000 recorded, 0 missing\n", ""), shown
        more = b"error mwt004btabc-0 not stored: No space left on device\nhello\nok\nok mwt004btabc-77 durable\n"
        pile = more + r.out + b"ok mwt004btabc-5 written"
        shown = servers.sockctl("-c", s.config, "log", "--receipts", "-", stdin=pile)
        assert shown.code == 1 and shown.out == (b"mwt004btabc-5\nmwt004btabc-77\n"
                                                 b"3,002 receipts, 3,000 recorded, 2 missing\n"), shown
        assert shown.err == ("sockctl: standard input: 1 lines say that a message was not stored\n"
                             "sockctl: standard input: 2 lines are no receipts with an id\n"), shown
        s.stop()
    with Files() as f:
        f.write("messages.log.1.gz", *(line(n) for n in range(10)))
        os.utime(f.file("messages.log.1.gz"), (0, 0))  # the clock was set back
        f.write("messages.log", *(line(n) for n in range(12, 20)))
        f.write("pile", *(f"ok mwt004btabc-{n} durable\n" for n in range(20)))
        r = f.log("--receipts", f.file("pile"))
        assert r.code == 1 and r.out == (b"mwt004btabc-10\nmwt004btabc-11\n"
                                         b"20 receipts, 18 recorded, 2 missing\n"), r
        f.write("pile", "")
        r = f.log("--receipts", f.file("pile"))
        assert r.code == 0 and r.out == b"0 receipts, 0 recorded, 0 missing\n" and "no receipts" in r.err, r
        r = f.log("--receipts", f.file("nothing"))
        assert r.code == 1 and r.out == b"" and len(r.err.splitlines()) == 1, r
    assert ids


def test_no_access():
    """One line says which file it is and what to do. Without the capability that lets root bypass file modes."""
    bound = ["--inh-caps=-all", "--bounding-set=-all"] if os.geteuid() == 0 else []
    with Files() as f:
        f.write("messages.log", line(1))
        for path in (f.file("messages.log"), f.path):
            mode = os.stat(path).st_mode
            os.chmod(path, 0o100 if os.path.isdir(path) else 0)
            r = subprocess.run([h.tool("setpriv"), *bound, h.SOCKCTL, "-c", f.config, "log"], capture_output=True,
                               timeout=h.DEADLINE, check=False, encoding="utf-8", env=servers.environment())
            os.chmod(path, mode)
            assert r.returncode == 1 and r.stdout == "" and len(r.stderr.splitlines()) == 1, r
            assert r.stderr.startswith(f"sockctl: no permission to read {path}: use sudo"), r


if __name__ == "__main__":
    h.main()
