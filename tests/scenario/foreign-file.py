#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The path names something that is not a log file of sockd: no line feed within the length of the
longest record, a symbolic link, a directory, a FIFO. sockd refuses it, does not change it, says so,
and answers "error"."""

import os
import tempfile

import harness as h


def refused(prepare, check):
    with tempfile.TemporaryDirectory(prefix="sockd-test-") as d:
        path = os.path.join(d, "messages.log")
        prepare(path)
        with h.Sockd(directory=d) as s, s.connect() as c:
            s.wait_line(r"messages\.log: ")
            assert c.send(b"message\n").line().startswith(b"error ")
            s.stop()
            assert s.counters()["tcp"].failed == 1
        check(path)


def test_no_line_feed():
    data = b"\x7fELF" + b"binary" * 200000

    def prepare(path):
        with open(path, "wb") as f:
            f.write(data)

    def check(path):
        with open(path, "rb") as f:
            assert f.read() == data
    refused(prepare, check)


def test_symbolic_link():
    def prepare(path):
        with open(path + ".target", "wb") as f:
            f.write(b"somebody's\n")
        os.symlink("messages.log.target", path)

    def check(path):
        assert os.path.islink(path)
        with open(path + ".target", "rb") as f:
            assert f.read() == b"somebody's\n"
    refused(prepare, check)


def test_directory():
    refused(os.mkdir, lambda path: os.listdir(path) == [])


def test_fifo():
    refused(os.mkfifo, os.stat)


if __name__ == "__main__":
    h.main()
