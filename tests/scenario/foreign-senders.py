#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Senders that are not ours and never read send many messages over TCP: logger, Python's SysLogHandler and bash. To the
syslog listener of the manual, which sends no receipts, they lose none. Where there are receipts, what arrives is
recorded, and a sender that resets its connection is told about and counted."""

import logging
import logging.handlers
import re
import socket
import subprocess

import blocks
import bus
import harness as h

N = 50000
LINES = [b"message %d of a sender that does not read" % n for n in range(N)]
UNREAD = "closed the connection without reading all receipts, messages that were on their way are lost"


def manual():
    """The config with syslog listeners in sockd.conf(5), on ports and with a file of the test."""
    (text,) = [b.text for b in blocks.blocks("man/sockd.conf.5") if b.kind == "config" and "syslog-tcp" in b.text]
    return re.sub(r"port = \d+", "port = 0", text).replace('{ type = "journal"; }', h.file())


def shell(s, name, command):
    """Runs it with the address, a file of LINES in LINES, and the number of them."""
    with open(s.path("lines"), "wb") as f:
        f.write(b"\n".join(LINES) + b"\n")
    host, port = s.address(name)
    subprocess.run(["bash", "-c", command], check=False, stdin=subprocess.DEVNULL, timeout=h.DEADLINE,
                   env={**h.os.environ, "HOST": host, "PORT": str(port), "LINES": s.path("lines")})


def handler(s, name, **keys):
    """Sends LINES as a program would that logs; returns when it has closed."""
    sender = logging.handlers.SysLogHandler(s.address(name), socktype=socket.SOCK_STREAM)
    for key, value in keys.items():
        setattr(sender, key, value)
    sender.handleError = lambda _: None  # its connection was reset
    for line in LINES:
        sender.handle(logging.makeLogRecord({"msg": line.decode(), "levelname": "INFO"}))
    sender.close()


def listener(b, name):
    """What became of its messages, or None while some are under way."""
    (row,) = [row for row in b.rows("listeners") if row["listener"] == name]
    return None if b.rows("connections") or row["received"] == 0 or row["waiting"] > 0 else row


def complete(send, text, name="syslog-tcp", head=rb""):
    """Every line is recorded, in order, behind a header of the sender's."""
    with bus.Bus() as b, h.Sockd(text=text, env=b.env) as s:
        b.wait_owned()
        send(s, name)
        h.wait_for(lambda: listener(b, name), "the end of the connection")
        s.stop()
        assert s.counters()[name] == h.Counters(N, N, 0, 0, 0, 0, 0, 0), s.counters()
        for line, found in zip(LINES, h.lines_of(s.log), strict=True):
            head_found, _, end = found.split(b" ", 4)[4].rpartition(line)
            assert end == b"" and re.fullmatch(head, head_found), (line, found)


def logger(*options):
    h.tool("logger")
    complete(lambda s, name: shell(s, name, f"logger -T -n $HOST -P $PORT {' '.join(options)} -f $LINES"), manual(),
             head=rb"<13>1 [^\]]*\] ")


def test_logger():
    logger()


def test_logger_octet_count():
    logger("--octet-count")


def cat(s, name):
    shell(s, name, "cat $LINES >/dev/tcp/$HOST/$PORT")


def test_cat():
    complete(cat, manual())


def handler_lf(s, name):
    handler(s, name, append_nul=False, formatter=logging.Formatter("%(message)s\n"))


def test_handler():
    complete(handler_lf, manual(), head=rb"<14>")


def test_handler_nul():
    """As it is by default: each message ends in NUL."""
    complete(handler, manual(), head=rb"<14>")


def with_receipts(send, head=b""):
    """Nobody can tell what the sender's kernel has thrown away. All before that is recorded, the part of a message at
    its end as cut off; and where anything is missing, a reset was counted, and told by one line."""
    with bus.Bus() as b, h.Sockd(env=b.env) as s:
        b.wait_owned()
        send(s, "tcp")
        row = h.wait_for(lambda: listener(b, "tcp"), "the end of the connection")
        s.stop()
        found = [line.split(b" ", 4)[4] for line in h.lines_of(s.log)]
        n = len(found)
        assert 0 < n == row["received"] == row["recorded"] <= N, (n, row)
        if row["cut_off"]:
            last = h.unescape(found.pop())
            assert (head + LINES[n - 1]).startswith(last), last
        assert found == [head + line for line in LINES[:len(found)]]
        assert row["resets_unread"] == s.stderr.count(UNREAD) <= 1, (row, s.stderr)
        assert row["resets_unread"] == 1 or n == N, row
        print(f"{n} of {N} recorded, {row['resets_unread']} reset")


def test_cat_with_receipts():
    with_receipts(cat)


def test_handler_with_receipts():
    with_receipts(handler_lf, b"<14>")


if __name__ == "__main__":
    h.main()
