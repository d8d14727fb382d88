#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A file on a small file system that fills up while clients write: they get "error ... No space
left on device" for what could not be stored and never an "ok" for it, the file has no partial line,
and once there is room again there are receipts again."""

import os
import re

import harness as h

h.in_namespace()


def fill(setting):
    """SETTING: the path of the output."""
    path = setting.replace("%{peer}", "127.0.0.1")
    with open("/run/small/ballast", "wb") as f:
        f.write(b"x" * 65536)
    with h.Sockd(outputs=[h.file(path=setting)]) as s, s.connect() as c:
        ok, errors = [], []
        while len(errors) < 20:
            line = c.send(b"y" * 5000 + b"\n").line()
            match = h.RECEIPT.fullmatch(line) or h.ERROR.fullmatch(line)
            assert match, line
            (ok if line.startswith(b"ok ") else errors).append(match)
        assert {m.group(2) for m in errors} == {b"No space left on device"}
        with open(path, "rb") as f:
            data = f.read()
        assert data.endswith(b"\n")
        assert {m.group(1) for m in ok} <= {r.id for r in s.records(path)}

        os.unlink("/run/small/ballast")
        # Records may still have to wait for the next attempt of the output.
        match = h.wait_for(lambda: h.RECEIPT.fullmatch(c.send(b"room again\n").line()), "a receipt")
        assert {m.group(1) for m in ok} | {match.group(1)} <= {r.id for r in s.records(path)}
        s.stop()
        assert s.counters()["tcp"].failed >= 20
        assert "No space left on device" in s.stderr


def test_disk_full():
    h.mount_tmpfs("/run/small", "256k")
    fill("/run/small/messages.log")


def test_many_files():
    h.mount_tmpfs("/run/small", "256k")
    fill("/run/small/of-%{peer}.log")


def test_pipelined():
    """Many at once, in one write that does not fit as a whole: each is told its own fate, in order."""
    h.mount_tmpfs("/run/tiny", "64k")
    path = "/run/tiny/messages.log"
    with h.Sockd(outputs=[h.file(path=path)]) as s, s.connect() as c:
        n = 3000
        c.send(b"".join(b"message number %d\n" % i for i in range(n))).finish()
        lines = c.rest().splitlines(keepends=True)
        assert len(lines) == n
        told = [h.RECEIPT.fullmatch(line).group(1) for line in lines if line.startswith(b"ok ")]
        assert all(h.ERROR.fullmatch(line) for line in lines if not line.startswith(b"ok "))
        assert len(told) < n
        assert set(told) <= {r.id for r in s.records(path)}
        s.stop()


def test_truncated_by_somebody_meanwhile():
    """What a failed write leaves is not where sockd expects it, and does not become part of the next record."""
    h.mount_tmpfs("/run/cut", "64k")
    path = "/run/cut/messages.log"
    with open("/run/cut/ballast", "wb") as f:
        f.write(b"x" * 16384)
    with h.Sockd(outputs=[h.file(path=path)]) as s, s.connect() as c:
        told = []

        def send(n):
            c.send(b"".join(b"message number %d\n" % i for i in range(n)))
            lines = [c.line() for _ in range(n)]
            told.extend(h.RECEIPT.fullmatch(line).group(1) for line in lines if line.startswith(b"ok "))
            return any(line.startswith(b"error ") for line in lines)

        h.wait_for(lambda: send(20), "a full disk")
        assert os.stat(path).st_size > 10000
        os.truncate(path, 0)
        told.clear()
        assert send(3000), "the disk is full again"
        os.unlink("/run/cut/ballast")
        match = h.wait_for(lambda: h.RECEIPT.fullmatch(c.send(b"room again\n").line()), "a receipt")
        records = s.records(path)
        assert set(told) | {match.group(1)} <= {r.id for r in records}
        assert all(r.text == b"room again" or re.fullmatch(rb"message number \d+", r.text) for r in records)
        s.stop()


if __name__ == "__main__":
    h.main()
