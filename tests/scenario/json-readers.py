#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Hostile messages are recorded in a JSON file, and programs that know nothing of sockd read them back: jq,
rsyslog with mmjsonparse, syslog-ng with its json-parser. What each makes of a record is in doc/json-records.md; the
configs are those that it shows."""

import base64
import json
import os
import re
import shutil
import subprocess

import harness as h

MESSAGES = [b"hello", b"", b"quotes \" and \\ backslash \\n \\u0041", b"\x1b[31mred\x1b[0m\t\x7f", b"two\nlines\r\n",
            "Grüße 🙂 \u2028\u202e\ufeff\x85".encode(), b"\xff\xfe bytes", b"half \xe2\x82", b'{"id":"forged","size":1}',
            b'","id":"forged', b"%msg% %$!all-json% ${MESSAGE} $(format-json) {{ .id }}", b"@cee: {\"a\":1}",
            b"<14>Nov 22 10:34:00 host app[1]: x", b"x" * 60000, b" spaces ", b"nul \0 inside"]
DOCUMENT = os.path.join(h.SRCDIR, "doc", "json-records.md")


def config(name, **values):
    """The block of the document that begins with this comment, with the places of this test."""
    with open(DOCUMENT, encoding="utf-8") as f:
        (block,) = re.findall(rf"```\n(# {name}\n.*?)```\n", f.read(), re.S)
    for old, new in values.values():
        assert old in block, (old, block)
        block = block.replace(old, new)
    return block


class Recorded:
    """A real sockd that has recorded all of them."""

    def __enter__(self):
        self.sockd = h.Sockd([h.tcp(framing="length")], [h.file(format="json", path="@DIR@/messages.json")])
        self.sockd.__enter__()
        with self.sockd.connect() as c:
            self.ids = c.send(b"".join(len(m).to_bytes(4, "big") + m for m in MESSAGES)).receipts(len(MESSAGES))
        self.path = self.sockd.path("messages.json")
        self.out = self.sockd.path("out")
        with open(self.path, encoding="utf-8") as f:
            self.records = [json.loads(line) for line in f]
        return self

    def __exit__(self, *args):
        self.sockd.stop()
        self.sockd.__exit__(*args)

    def check(self, lines, kind=lambda value: value, nul_ends=False):
        """The records as a reader gives them. KIND: what it makes of each value. NUL_ENDS: its strings."""
        found = [json.loads(line) for line in lines]
        assert [r["id"].encode() for r in found] == self.ids, found
        for message, expected, got in zip(MESSAGES, self.records, found):
            expected = {key: kind(value) for key, value in expected.items()}
            if nul_ends and b"\0" in message:
                expected["message"] = expected["message"].partition("\0")[0]
            assert got == expected, (got, expected)

    def read_with(self, command, environment=None):
        """Starts the reader, which writes a line for each record to self.out, and stops it."""
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment) as p:
            try:
                h.wait_for(lambda: p.poll() is not None or (os.path.exists(self.out) and
                                                            h.count_lines(self.out) >= len(MESSAGES)), command[0])
            finally:
                p.terminate()
                said = p.communicate()[0]
        assert os.path.exists(self.out) and h.count_lines(self.out) == len(MESSAGES), said
        with open(self.out, "rb") as f:
            return f.read().splitlines()


def bytes_of(record):
    if "message_base64" in record:
        return base64.b64decode(record["message_base64"], validate=True)
    return record["message"].encode()


def test_python():
    with Recorded() as r:
        assert [bytes_of(record) for record in r.records] == MESSAGES


def test_jq():
    jq = h.tool("jq")
    with Recorded() as r:
        r.check(subprocess.run([jq, "-c", ".", r.path], capture_output=True, check=True).stdout.splitlines())
        script = 'select(.message) | .message | @json'
        texts = subprocess.run([jq, "-r", script, r.path], capture_output=True, check=True).stdout.splitlines()
        assert [json.loads(t).encode() for t in texts] == [bytes_of(m) for m in r.records if "message" in m]
        script = 'select(.message_base64) | .message_base64'
        texts = subprocess.run([jq, "-r", script, r.path], capture_output=True, check=True).stdout.splitlines()
        assert [base64.b64decode(t) for t in texts] == [bytes_of(m) for m in r.records if "message_base64" in m]


def find(name):
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if not path:
        raise h.Skip(f"{name} is not installed")
    return path


def test_rsyslog():
    """It ends a string at a NUL."""
    program = find("rsyslogd")
    with Recorded() as r:
        text = config("rsyslog.conf", file=("/var/log/sockd/messages.json", r.path), out=("/var/log/from-sockd", r.out),
                      state=("/var/spool/rsyslog", r.sockd.dir))
        path = r.sockd.path("rsyslog.conf")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        lines = r.read_with([program, "-n", "-f", path, "-i", r.sockd.path("rsyslog.pid")])
        r.check(lines, nul_ends=True)


def test_syslog_ng():
    program = find("syslog-ng")
    version = re.search(r"Config version: (\S+)|Installer-Version: (\d+\.\d+)",
                        subprocess.run([program, "--version"], capture_output=True, check=True, text=True).stdout)
    with Recorded() as r:
        text = config("syslog-ng.conf", file=("/var/log/sockd/messages.json", r.path),
                      out=("/var/log/from-sockd", r.out))
        path = r.sockd.path("syslog-ng.conf")
        with open(path, "w", encoding="utf-8") as f:
            f.write(f"@version: {version.group(1) or version.group(2)}\n{text}")
        own = (f"--{what}={r.sockd.path('ng.' + what)}" for what in ("persist-file", "pidfile", "control"))
        lines = r.read_with([program, "-F", "-f", path, "--no-caps", *own])
        r.check(lines, kind=str, nul_ends=True)


if __name__ == "__main__":
    h.main()
