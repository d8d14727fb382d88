#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Under heavy load, blocks of the file are reserved ahead. They are released when the load ends and
when the file is closed; the file's time remains that of the last record."""

import os
import threading

import harness as h

LINES = 60000
SLACK = 1 << 20  # what a file system may round up


def load(s):
    with s.connect() as c:
        lines = b"".join(b"%d %s\n" % (i, b"z" * 100) for i in range(LINES))
        sender = threading.Thread(target=c.send, args=(lines,))
        sender.start()
        c.receipts(LINES)
        sender.join()


def reserved(path):
    st = os.stat(path)
    return st.st_blocks * 512 - st.st_size


def test_given_back():
    with h.Sockd([h.tcp(acknowledge="written")]) as s:
        path = s.path("messages.log")
        load(s)
        written = os.stat(path).st_mtime_ns
        # sockd truncates and then sets the time: between the two, the file has the time of the truncation.
        h.wait_for(lambda: reserved(path) < SLACK and os.stat(path).st_mtime_ns == written, "blocks to be given back")
        load(s)
        s.stop()
        assert reserved(path) < SLACK
        assert len(s.records()) == 2 * LINES


if __name__ == "__main__":
    h.main()
