#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Programs that are not ours send to Unix sockets: socat, nc, ncat, logger and Python. Each gets its receipt, where it
can read one, and its record, which says whose it is. Those that send many messages without reading lose none."""

import logging
import logging.handlers
import os
import socket
import subprocess

import harness as h

LONG = "hello, long enough for a receipt"
KINDS = {"stream": socket.SOCK_STREAM, "datagram": socket.SOCK_DGRAM, "seqpacket": socket.SOCK_SEQPACKET}
OWNER = b"uid:%d/pid:" % os.geteuid()
LINES = [b"message %d of a sender that does not read" % n for n in range(20000)]


def run(s, kind, command):
    """With the path of the socket in SOCKET, and names of files in MINE and LINES."""
    return subprocess.run(["bash", "-c", command], stdin=subprocess.DEVNULL, capture_output=True, check=False,
                          timeout=h.DEADLINE, env={**os.environ, "SOCKET": s.path(kind), "MINE": s.path("mine"),
                                                   "LINES": s.path("lines")})


def shell(kind, command, text="hello", receipt=True):
    """TEXT is the end of the message: logger sends a header."""
    with h.Sockd([h.unix(k) for k in KINDS]) as s:
        done = run(s, kind, command)
        (found,) = s.wait_records(1)
        assert found.listener == kind.encode() and bytes(found).endswith(text.encode()), (found, done.stderr)
        assert found.peer.startswith(OWNER), found
        if receipt:
            assert done.stdout.startswith(b"ok " + found.id), (done.stdout, done.stderr)
        s.stop()


def test_socat():
    h.tool("socat")
    shell("stream", "echo hello | socat -t 5 - UNIX-CONNECT:$SOCKET")


def test_socat_abstract():
    h.tool("socat")
    name = f"sockd-test-{os.getpid()}"
    with h.Sockd([h.unix(path=f"@{name}")]) as s:
        done = run(s, "stream", f"echo hello | socat -t 5 - ABSTRACT-CONNECT:{name}")
        assert h.receipt_id(done.stdout) == s.records()[0].id, done
        s.stop()


def test_socat_seqpacket():
    h.tool("socat")
    shell("seqpacket", f"echo hello | socat -t 5 - UNIX-CONNECT:$SOCKET,type={int(socket.SOCK_SEQPACKET)}")


def test_socat_datagram():
    """Only a socket that has a name can be answered."""
    h.tool("socat")
    shell("datagram", f"echo '{LONG}' | socat -u - UNIX-SENDTO:$SOCKET", LONG, receipt=False)
    shell("datagram", f"echo '{LONG}' | socat -t 5 - UNIX-SENDTO:$SOCKET,bind=$MINE", LONG)


def test_nc():
    h.tool("nc")
    shell("stream", "echo hello | nc -N -U $SOCKET")


def test_nc_datagram():
    h.tool("nc")
    shell("datagram", f"echo '{LONG}' | nc -u -w 1 -U $SOCKET", LONG)


def test_ncat():
    h.tool("ncat")
    shell("stream", "echo hello | ncat -U $SOCKET")


def test_ncat_datagram():
    """It ends with its input."""
    with h.Sockd([h.unix("datagram")]) as s, subprocess.Popen(
            [h.tool("ncat"), "-u", "-U", s.path("datagram")], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as p:
        p.stdin.write(LONG.encode() + b"\n")
        p.stdin.flush()
        assert h.receipt_id(p.stdout.readline()) == s.wait_records(1)[0].id
        s.stop()


def test_logger():
    """Unless it is told which kind of socket it is, it tries one after the other."""
    h.tool("logger")
    for kind, option in (("stream", ""), ("stream", "-T"), ("datagram", ""), ("datagram", "-d")):
        shell(kind, f"logger {option} -u $SOCKET hello", receipt=False)


def test_python():
    with h.Sockd([h.unix(k) for k in KINDS]) as s:
        for kind, number in KINDS.items():
            with socket.socket(socket.AF_UNIX, number) as c:
                c.bind("")  # the kernel chooses a name
                c.connect(s.path(kind))
                c.sendall(LONG.encode() + b"\n")
                receipt = c.recv(100)
            found = s.records()[-1]
            assert h.receipt_id(receipt) == found.id and bytes(found) == LONG.encode(), (kind, receipt, found)
        s.stop()


def complete(kind, send):
    """Every line is recorded, in order, behind a header of the sender's."""
    framing = {"framing": "syslog"} if kind == "stream" else {}
    with h.Sockd([h.unix(kind, reply="", **framing)]) as s:
        with open(s.path("lines"), "wb") as f:
            f.write(b"\n".join(LINES) + b"\n")
        send(s, kind)
        s.stop()
        found = s.records()
        assert s.counters()[kind] == h.Counters(len(LINES), len(LINES), 0, 0, 0, 0, 0, 0), s.counters()
        for line, r in zip(LINES, found, strict=True):
            assert bytes(r).startswith(b"<") and bytes(r).endswith(line) and r.peer.startswith(OWNER), (line, r)


def test_logger_lines():
    h.tool("logger")
    complete("stream", lambda s, kind: run(s, kind, "logger -T -u $SOCKET -f $LINES"))
    complete("datagram", lambda s, kind: run(s, kind, "logger -d -u $SOCKET -f $LINES"))


def handler(s, kind):
    """As a program would that logs. It finds out which kind of socket it is, and ends each message in NUL."""
    sender = logging.handlers.SysLogHandler(s.path(kind))
    for line in LINES:
        sender.handle(logging.makeLogRecord({"msg": line.decode(), "levelname": "INFO"}))
    sender.close()


def test_handler():
    complete("stream", handler)
    complete("datagram", handler)


if __name__ == "__main__":
    h.main()
