#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Hostile messages are recorded in the journal, and journalctl -o json gives them back: a string where the bytes are
printable UTF-8, else an array of the bytes. A socket takes the place of journald."""

import json
import os
import subprocess
import tempfile

import harness as h

h.in_namespace()

REMOTE = "/lib/systemd/systemd-journal-remote"
MESSAGES = [b"hello", b"", b"quotes \" and \\ backslash \\n", b"\x1b[31mred\x1b[0m\t\x7f",
            b"two\nlines\r\nSOCKD_ID=forged",
            "Grüße 🙂 \u2028\u202e".encode(), bytes(range(256)), b"half \xe2\x82", b'{"SOCKD_ID":"forged"}', b"x" * 6000]


def test_json():
    """What is not printable UTF-8 is an array of bytes there."""
    journalctl = h.tool("journalctl")
    if not os.access(REMOTE, os.X_OK):
        raise h.Skip("systemd-journal-remote is not installed")
    journald = h.Journald()
    with h.Sockd([h.tcp(framing="length")], [h.journal(when_full="wait")]) as s, s.connect() as c, \
            tempfile.TemporaryDirectory(prefix="sockd-journal-") as d:
        ids = c.send(b"".join(len(m).to_bytes(4, "big") + m for m in MESSAGES)).receipts(len(MESSAGES))
        export = b""
        for n in range(len(MESSAGES)):
            export += (f"__REALTIME_TIMESTAMP={1795000000000000 + n}\n__MONOTONIC_TIMESTAMP={n + 1}\n"
                       f"_BOOT_ID={'0' * 31}1\n").encode()
            for key, field in journald.entry().items():
                export += (key + b"=\n" if not field else
                           key + b"\n" + len(field).to_bytes(8, "little") + field + b"\n")
            export += b"\n"
        subprocess.run([REMOTE, "--output", f"{d}/x.journal", "--split-mode=none", "-"], input=export, check=True,
                       capture_output=True, timeout=h.DEADLINE)
        out = subprocess.run([journalctl, "-D", d, "-o", "json", "--all"], capture_output=True, check=True,
                             timeout=h.DEADLINE).stdout
        entries = [json.loads(line) for line in out.splitlines()]
        assert [e["SOCKD_ID"].encode() for e in entries] == ids
        for sent, e in zip(MESSAGES, entries):
            got = e["SOCKD_MESSAGE"]
            assert (bytes(got) if isinstance(got, list) else got.encode()) == sent, (sent, e)
            assert int(e["SOCKD_SIZE"]) == len(sent) and e["SOCKD_LISTENER"] == "tcp"
        s.stop()
    journald.close()


if __name__ == "__main__":
    h.main()
