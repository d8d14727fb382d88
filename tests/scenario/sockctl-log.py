#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An operator looks for messages in the journal: by time, peer, listener and receipt, the last
ones, and as they arrive. The journal contains entries as sockd writes them, and others that must
not be shown."""

import base64
import datetime
import itertools
import json
import os
import select
import signal
import subprocess
import tempfile

import harness as h
import screen
import servers

REMOTE = "/lib/systemd/systemd-journal-remote"
MESSAGE_ID = "f4bd8b0f6a5e4d1cb1a3b4f7d2c86e19"
BOOT = "0123456789abcdef0123456789abcdef"
START = 1795000000_000000  # microseconds; 2026-11-18T11:06:40Z


def field(name, value):
    """In the export format; its reader rejects empty values in the binary form."""
    value = value if isinstance(value, bytes) else str(value).encode()
    if not value:
        return name.encode() + b"=\n"
    return name.encode() + b"\n" + len(value).to_bytes(8, "little") + value + b"\n"


def entry(number, message=b"", usec=None, size=None, trusted=None, **fields):
    """The bytes of one entry. Fields that are None are left out."""
    usec = START + number * 1000000 if usec is None else usec
    of = {"MESSAGE_ID": MESSAGE_ID, "SYSLOG_IDENTIFIER": "sockd", "SOCKD_ID": f"abc-{number}", "SOCKD_LISTENER": "tcp",
          "SOCKD_PROTOCOL": "tcp", "SOCKD_PEER_ADDRESS": "192.0.2.7", "SOCKD_PEER_PORT": 51234,
          "SOCKD_LOCAL_ADDRESS": "127.0.0.1", "SOCKD_LOCAL_PORT": 9191, "SOCKD_TIME_USEC": usec,
          "SOCKD_SIZE": len(message) if size is None else size, "SOCKD_MESSAGE": message,
          **(trusted or {"_SYSTEMD_UNIT": "sockd.service", "_UID": 999})}
    of.update(fields)
    head = (f"__REALTIME_TIMESTAMP={usec + 2000}\n__MONOTONIC_TIMESTAMP={usec + 2000 - START + 10**6}\n"
            f"_BOOT_ID={BOOT}\n").encode()
    return head + b"".join(field(k, v) for k, v in of.items() if v is not None) + b"\n"


class Journal:
    """A journal in a directory of its own, which grows while it is read."""

    def __init__(self, *entries):
        if not os.access(REMOTE, os.X_OK):
            raise h.Skip("systemd-journal-remote is not installed")
        self.dir = tempfile.TemporaryDirectory(prefix="sockctl-log-")
        self.path = self.dir.name
        self.writer = None
        if entries:
            self.add(*entries)

    def add(self, *entries):
        """A file of its own for each call, as after a rotation."""
        name = os.path.join(self.path, f"part-{len(os.listdir(self.path))}.journal")
        subprocess.run([REMOTE, "--output", name, "--split-mode=none", "-"], input=b"".join(entries), check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=h.DEADLINE)

    def log(self, *args, **keys):
        return servers.sockctl("log", "-D", self.path, *args, **keys)

    def lines(self, *args):
        r = self.log(*args)
        assert r.code == 0 and r.err == "", r
        return r.out.splitlines()

    def ids(self, *args):
        return [int(h.record(line).id.split(b"-")[1]) for line in self.lines(*args)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.dir.cleanup()


def test_short_is_the_line_of_a_text_file():
    with Journal(entry(1, b"hello world"), entry(2, b""), entry(3, b"back\\slash \x1b[31m \xff\n\xe2\x80\xae"),
                 entry(4, b"cut", size=70000), entry(5, "grüße".encode(), SOCKD_PEER_ADDRESS="2001:db8::1")) as j:
        assert j.lines() == [
            b"2026-11-18T11:06:41.000000Z tcp 192.0.2.7:51234 abc-1 hello world",
            b"2026-11-18T11:06:42.000000Z tcp 192.0.2.7:51234 abc-2 ",
            b"2026-11-18T11:06:43.000000Z tcp 192.0.2.7:51234 abc-3 back\\\\slash \\x1b[31m \\xff\\n\\xe2\\x80\\xae",
            b"2026-11-18T11:06:44.000000Z tcp 192.0.2.7:51234 abc-4 cut\\[truncated 70000 bytes]",
            "2026-11-18T11:06:45.000000Z tcp [2001:db8::1]:51234 abc-5 grüße".encode()], j.lines()
        assert j.lines("-o", "cat")[0] == b"hello world" and j.lines("-o", "cat")[4] == "grüße".encode()


def local(number, message=b"", **fields):
    """Of a process at a Unix socket."""
    return entry(number, message, SOCKD_LISTENER="local", SOCKD_PEER_PORT=None, SOCKD_LOCAL_ADDRESS=None,
                 SOCKD_LOCAL_PORT=None, **{"SOCKD_PROTOCOL": "unix-stream", "SOCKD_PEER_ADDRESS": "uid:1000",
                                           "SOCKD_PEER_UID": 1000, "SOCKD_PEER_GID": 100, "SOCKD_PEER_PID": 4711,
                                           **fields})


def raw(number, message=b"", **fields):
    return entry(number, message, SOCKD_LISTENER="ip", SOCKD_PROTOCOL="raw", SOCKD_PEER_PORT=None,
                 SOCKD_LOCAL_PORT=None, **{"SOCKD_IP_PROTOCOL": 253, "SOCKD_TTL": 64, "SOCKD_TOS": 184, **fields})


def machine(number, message=b"", **fields):
    return entry(number, message, SOCKD_LISTENER="vm", SOCKD_PROTOCOL="vsock", SOCKD_LOCAL_ADDRESS="vsock:2",
                 **{"SOCKD_PEER_ADDRESS": "vsock:3", "SOCKD_PEER_PORT": 4000000000, **fields})


def test_sockets_without_ports():
    with Journal(local(1, b"a"), raw(2, b"b"), machine(3, b"c"), raw(4, b"d", SOCKD_PEER_ADDRESS="2001:db8::1"),
                 local(5, b"e", SOCKD_PEER_ADDRESS="uid:-", SOCKD_PEER_UID=None, SOCKD_PEER_GID=None,
                       SOCKD_PEER_PID=0)) as j:
        assert [line.split(b" ", 1)[1] for line in j.lines()] == [
            b"local uid:1000/pid:4711 abc-1 a", b"ip 192.0.2.7 abc-2 b", b"vm vsock:3:4000000000 abc-3 c",
            b"ip 2001:db8::1 abc-4 d", b"local uid:-/pid:0 abc-5 e"], j.lines()
        assert j.lines("-o", "cat") == [b"a", b"b", b"c", b"d", b"e"]
        peers = {"uid:1000": [1], "gid:100": [1], "vsock:3": [3], "uid:1001": [], "192.0.2.7": [2]}
        for peer, ids in peers.items():
            assert j.ids("--peer", peer) == ids, peer
        assert j.ids("--peer", "uid:1000", "--peer", "192.0.2.0/24") == [1, 2]


def test_json_of_sockets_without_ports():
    with Journal(local(1, b"a", SOCKD_PEER_SECURITY="user_u:role_r:type_t:s0-s15:c0,c9?"),
                 raw(2, b"b", SOCKD_IP_OPTIONS="94040000"), machine(3, b"c"), raw(4, b"d", SOCKD_IP_OPTIONS="x4"),
                 local(5, b"e", SOCKD_PEER_SECURITY='"quoted"')) as j:
        records = [json.loads(line) for line in j.lines("-j")]
    for of in records:
        for key in ("time", "id", "listener", "size", "message"):
            del of[key]
    a_process = {"protocol": "unix-stream", "peer_address": "uid:1000", "peer_uid": 1000, "peer_gid": 100,
                 "peer_pid": 4711}
    a_packet = {"protocol": "raw", "peer_address": "192.0.2.7", "local_address": "127.0.0.1", "ip_protocol": 253,
                "ttl": 64, "tos": 184}
    assert records == [{**a_process, "peer_security": "user_u:role_r:type_t:s0-s15:c0,c9?"},
                       {**a_packet, "ip_options": "94040000"},
                       {"protocol": "vsock", "peer_address": "vsock:3", "peer_port": 4000000000,
                        "local_address": "vsock:2", "local_port": 9191}, a_packet, a_process], records


def test_forged_sockets_without_ports():
    """What sockd does not write so is not shown."""
    with Journal(local(1, SOCKD_PEER_ADDRESS="192.0.2.7"), local(2, SOCKD_PEER_PID=None), raw(3, SOCKD_TTL=256),
                 raw(4, SOCKD_PEER_ADDRESS="uid:0"), raw(5, SOCKD_IP_PROTOCOL=None),
                 machine(6, SOCKD_PEER_ADDRESS="192.0.2.7"), machine(7, SOCKD_PEER_PORT=None),
                 entry(8, SOCKD_PEER_PORT=65536), entry(9, SOCKD_PEER_ADDRESS="uid:0")) as j:
        assert j.lines() == []


def test_json_is_the_line_of_a_json_file():
    with Journal(entry(1, b"x\x1by"), entry(2, b"\xff", size=9, SOCKD_TIMED_OUT="1")) as j:
        for args in (("-o", "json"), ("-j",), ("--json=short",), ("--json=pretty",)):
            first, second = j.lines(*args)
            assert list(json.loads(first)) == ["time", "id", "listener", "protocol", "peer_address", "peer_port",
                                               "local_address", "local_port", "size", "message"]
            assert b"\x1b" not in first and json.loads(first)["message"] == "x\x1by"
            of = json.loads(second)
            assert (of["size"], of["truncated"], base64.b64decode(of["message_base64"])) == (9, True, b"\xff")
            assert of["timed_out"] is True
        assert j.lines("-o", "short", "-j")[0].endswith(b"x\\x1by")
    with Journal(entry(1, b"x", SOCKD_CUT_OFF="1")) as j:
        (line,) = j.lines("-o", "json")
        assert json.loads(line)["cut_off"] is True and "timed_out" not in json.loads(line)
        assert j.lines()[0].endswith(b" x\\[cut off]")


def test_syslog_fields():
    """They come from the message: nobody else can give it others."""
    sent = b"<38>Nov 22 10:34:00 web1 sshd[4711]: x"
    with Journal(entry(1, sent, SOCKD_SYSLOG="1", SYSLOG_IDENTIFIER="sshd", SYSLOG_PID="1"), entry(2, sent),
                 entry(3, b"x", SOCKD_SYSLOG="1", SOCKD_SYSLOG_HOST="forged")) as j:
        first, *others = map(json.loads, j.lines("-o", "json"))
        assert (first["syslog_host"], first["syslog_pid"], first["message"]) == ("web1", "4711", sent.decode()), first
        assert not [key for of in others for key in of if key.startswith("syslog")], others
        assert j.lines()[0].endswith(sent)


def test_behind_a_proxy():
    """As a JSON file has it; nothing of a header that no proxy of ours has written."""
    via = {"SOCKD_VIA_ADDRESS": "127.0.0.1", "SOCKD_VIA_PORT": 4711}
    with Journal(entry(1, b"x", **via),
                 entry(2, b"x", **via, SOCKD_VIA_ID="42", SOCKD_VIA_TLS="TLSv1.3", SOCKD_PEER_NAME="scale-7"),
                 entry(3, b"x", **via, SOCKD_VIA_ID="a\x1b[0m"), entry(4, b"x", SOCKD_VIA_ID="42")) as j:
        first, second, third, fourth = map(json.loads, j.lines("-o", "json"))
        assert (first["via_address"], first["via_port"]) == ("127.0.0.1", 4711) and "via_id" not in first
        assert (second["via_id"], second["via_tls"], second["peer_name"]) == ("42", "TLSv1.3", "scale-7")
        assert third["via_address"] == "127.0.0.1" and "via_id" not in third
        assert not [key for key in fourth if key.startswith("via")]


def test_certificates():
    """Who shows one is called by its name, which is before the last "@"; who only has a proxy's word for it, is not."""
    own = {"SOCKD_TLS": "TLSv1.3", "SOCKD_PEER_FINGERPRINT": "0f" * 32}
    via = {"SOCKD_VIA_ADDRESS": "127.0.0.1", "SOCKD_VIA_PORT": 4711}
    with Journal(entry(1, b"x", **own, SOCKD_PEER_NAME="scale-7"), entry(2, b"x", **own),
                 entry(3, b"x", **own, **via, SOCKD_PEER_NAME=r"a@b\x20c", SOCKD_PEER_ADDRESS="2001:db8::1"),
                 entry(4, b"x", **via, SOCKD_PEER_NAME="scale-7"), entry(5, b"x", SOCKD_TLS="TLSv1.2"),
                 entry(6, b"x", **own, SOCKD_PEER_NAME="forged\x1b[31m"),
                 entry(7, b"x", SOCKD_PEER_NAME="forged")) as j:
        assert [text.split()[2] for text in j.lines()] == [
            b"scale-7@192.0.2.7:51234", b"192.0.2.7:51234", rb"a@b\x20c@[2001:db8::1]:51234"
        ] + [b"192.0.2.7:51234"] * 4, j.lines()
        assert j.lines("-o", "cat") == [b"x"] * 7
        records = [json.loads(text) for text in j.lines("-o", "json")]
        assert [list(of)[8:-2] for of in records] == [
            ["peer_name", "peer_fingerprint", "tls"], ["peer_fingerprint", "tls"],
            ["peer_name", "peer_fingerprint", "tls", "via_address", "via_port"],
            ["peer_name", "via_address", "via_port"], ["tls"], ["peer_fingerprint", "tls"], []], records
        assert (records[2]["peer_name"], records[2]["tls"]) == (r"a@b\x20c", "TLSv1.3")
        assert j.ids("--name", "scale-7") == [1, 4] and j.ids("--name", r"a@b\x20c", "--name", "other") == [3]
        assert j.ids("--name", "scale-7", "--peer", "192.0.2.7", "-n", "1") == [4] and j.ids("--name", "forged") == []
        assert j.ids("--peer", "2001:db8::/32") == [3]


def test_what_is_wanted():
    with Journal(*(entry(i, b"%d" % i, SOCKD_PEER_ADDRESS=f"192.0.{i % 4}.{i}", SOCKD_LISTENER=f"l{i % 3}")
                   for i in range(20)),
                 entry(20, SOCKD_PEER_ADDRESS="2001:db8:7::1"), entry(21, SOCKD_PEER_ADDRESS="fe80::1%nowhere")) as j:
        everything = list(range(22))
        assert j.ids() == everything
        assert j.ids("-n", "3") == [19, 20, 21] and j.ids("-n0") == [] and j.ids("-n", "99") == everything
        assert j.ids("--id", "abc-7") == [7]
        assert j.ids("--id", "abc-7", "--id", "abc-3") == [3, 7]
        assert j.ids("--listener", "l1") == [1, 4, 7, 10, 13, 16, 19]
        assert j.ids("--listener", "l1", "--listener", "l2", "-n2") == [17, 19]
        assert j.ids("--peer", "192.0.3.7") == j.ids("--peer", "::ffff:192.0.3.7") == [7]
        assert j.ids("--peer", "192.0.2.0/24") == [2, 6, 10, 14, 18]
        assert j.ids("--peer", "192.0.2.7/24") == j.ids("--peer", "192.0.2.0/24"), "its network"
        assert j.ids("--peer", "192.0.2.0/24", "-n", "2", "--listener", "l2") == [2, 14]
        assert j.ids("--peer", "192.0.3.7", "--peer", "2001:db8::/32") == [7, 20]
        assert j.ids("--peer", "2001:DB8:7:0::1") == [20] and j.ids("--peer", "fe80::1") == [21]
        assert j.ids("--peer", "203.0.113.1") == []
        r = j.log("--id", "abc-99")
        assert r.code == 1 and r.out == b"" and len(r.err.splitlines()) == 1, r


def test_times():
    """The times are those of the records, not those at which the journal got them."""
    with Journal(*(entry(i) for i in range(20))) as j:
        def at(i):
            return datetime.datetime.fromtimestamp(START / 1e6 + i).strftime("%Y-%m-%d %H:%M:%S")
        assert j.ids("--since", at(15)) == [15, 16, 17, 18, 19]
        assert j.ids("--until", at(2)) == [0, 1, 2]
        assert j.ids("--since", at(3), "--until", at(5)) == [3, 4, 5]
        assert j.ids("--since", at(3), "--until", at(9), "-n", "2") == [8, 9]
        assert j.ids("--since", at(18), "-n", "5") == [18, 19]
        assert j.ids("--since", f"@{START // 10**6 + 17}.5") == [18, 19]
        assert j.ids("--since", "now") == [] and j.ids("--until", "@5") == []
        assert j.ids("--since", "2026-11-18T11:06:59Z") == [19]


def test_what_nobody_can_believe():
    """Entries written by another user, by another unit, or with fields that sockd never writes."""
    another = {"_SYSTEMD_UNIT": "evil.service", "_UID": 4711}
    bad = [{"SOCKD_PEER_ADDRESS": "\x1b[31m"}, {"SOCKD_LISTENER": "a b"}, {"SOCKD_LISTENER": ""}, {"SOCKD_ID": "x\x1b"},
           {"SOCKD_ID": "x" * 27}, {"SOCKD_PEER_PORT": 65536}, {"SOCKD_PEER_PORT": "-1"}, {"SOCKD_PROTOCOL": "sctp"},
           {"SOCKD_TIME_USEC": "1e9"}, {"SOCKD_SIZE": 2}, {"SOCKD_MESSAGE": None}, {"SOCKD_ID": None},
           {"MESSAGE_ID": "00000000000000000000000000000001"}, {"trusted": another},
           {"trusted": {"_SYSTEMD_UNIT": "sockd.service.evil", "_UID": 4711}}, {"trusted": {"_COMM": "sockd"}}]
    with Journal(entry(0, b"mine"), *(entry(i + 1, b"forged", **of) for i, of in enumerate(bad)),
                 entry(50, b"by root", trusted={"_UID": 0}),
                 entry(51, b"by me", trusted={"_UID": os.getuid()})) as j:
        assert j.ids() == [0, 50, 51], j.lines()
        assert j.ids("-n", "3") == [0, 50, 51]


def test_follow():
    """Everything is shown, in order, including files that did not exist at the start."""
    with Journal(*(entry(i) for i in range(30))) as j:
        with servers.start("log", "-D", j.path, "-f", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as p:
            got = [h.record(p.stdout.readline().rstrip(b"\n")).id for _ in range(10)]
            assert got == [b"abc-%d" % i for i in range(20, 30)]
            n = 30
            for size in (1, 3, 20000, 1):
                j.add(*(entry(n + i, b"x" * 50) for i in range(size)))
                for _ in range(size):
                    line = p.stdout.readline()
                    assert h.record(line.rstrip(b"\n")).id == b"abc-%d" % n, line
                    n += 1
            p.stdout.close()
            j.add(entry(n))
            assert p.wait(h.DEADLINE) in (0, -signal.SIGPIPE)
            assert p.stderr.read() == b""
            p.stderr.close()


def test_follow_what_is_wanted():
    """Nothing indicates when following has begun: entries are added until one is shown."""
    with Journal(entry(0)) as j:
        with servers.start("log", "-D", j.path, "-f", "-n0", "--listener", "other", stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE) as p:
            numbers = itertools.count(1, 3)

            def shown():
                n = next(numbers)
                j.add(entry(n), entry(n + 1, SOCKD_LISTENER="other"), entry(n + 2))
                return select.select([p.stdout], [], [], 0)[0]

            h.wait_for(shown, "a wanted entry")
            assert int(h.record(p.stdout.readline().rstrip(b"\n")).id.split(b"-")[1]) % 3 == 2
            p.terminate()


def test_large_messages():
    message = bytes(range(256)) * 4096
    with Journal(entry(0, message), entry(1, b"small")) as j:
        first, second = j.lines()
        assert h.unescape(h.record(first).text) == message and second.endswith(b" small")


def test_on_a_terminal():
    """Colours and a pager, and neither if they are not wanted."""
    with Journal(*(entry(i, b"\x1b[2Jhello") for i in range(3))) as j:
        for env, colours in (({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)):
            with screen.Terminal("log", "-D", j.path, "--no-pager", env=env, columns=200) as t:
                assert t.wait_exit() == 0
                assert ("\x1b[1m" in t.all) == colours and "\x1b[2J" not in t.all, t.all
                assert t.all.count("\\x1b[2Jhello") == 3
        pager = "sed 's/^/paged: /'"
        for env, paged in (({"PAGER": pager}, True), ({"SYSTEMD_PAGER": pager, "PAGER": "cat"}, True),
                           ({"SYSTEMD_PAGER": "", "PAGER": pager}, False), ({"PAGER": "cat"}, False)):
            with screen.Terminal("log", "-D", j.path, env={"NO_COLOR": "1", **env}, columns=200) as t:
                assert t.wait_exit() == 0
                assert t.all.count("paged: ") == (3 if paged else 0), (env, t.all)
        # A pager that exits early is not an error.
        with screen.Terminal("log", "-D", j.path, env={"PAGER": "head -n 1", "NO_COLOR": "1"}, columns=200) as t:
            assert t.wait_exit() == 0 and t.all.count("hello") == 1
        # A missing pager is reported, and output continues without it.
        with screen.Terminal("log", "-D", j.path, env={"PAGER": "no-such-pager -x", "NO_COLOR": "1"}) as t:
            assert t.wait_exit() == 0 and t.all.count("hello") == 3 and "no-such-pager: not found" in t.all, t.all


def test_usage():
    for args in (["-n", "x"], ["-n", "-1"], ["--since", "soon"], ["--until", ""], ["--peer", "localhost"],
                 ["--peer", "192.0.2.7/33"], ["--listener", "a b"], ["--name", "a b"], ["--name", ""],
                 ["--id", "ABC"], ["-o", "verbose"], ["word"], ["-f", "--until", "now"],
                 *([x] * 1 for x in ("--follow=1", "--what"))):
        r = servers.sockctl("log", *args)
        assert r.code == 2 and len(r.err.splitlines()) == 1 and r.out == b"", (args, r)


def test_no_journal():
    r = servers.sockctl("log", "-D", "/nonexistent")
    assert r.code == 1 and len(r.err.splitlines()) == 1 and r.out == b"", r
    with tempfile.TemporaryDirectory() as d:
        r = servers.sockctl("log", "-D", d)
        assert r.code == 1 and r.err == f"sockctl: there is no journal in {d}\n", r


def test_no_permission():
    """Without the capability that lets root bypass file modes."""
    with Journal(entry(1)) as j:
        os.chmod(os.path.join(j.path, "part-0.journal"), 0)
        bound = ["--inh-caps=-all", "--bounding-set=-all"] if os.geteuid() == 0 else []
        r = subprocess.run([h.tool("setpriv"), *bound, h.SOCKCTL, "log", "-D", j.path], capture_output=True,
                           timeout=h.DEADLINE, check=False, encoding="utf-8")
        assert r.returncode == 1 and r.stdout == "", r
        assert r.stderr == f"sockctl: no permission to read the journal in {j.path}\n", r


if __name__ == "__main__":
    h.main()
