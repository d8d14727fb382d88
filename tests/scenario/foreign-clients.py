#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Clients that are not ours: nc, ncat, socat, bash, logger, Python, and the classic that writes
once without a newline and reads once into 100 bytes. Each gets its receipt, where it prints one,
and its record."""

import socket
import subprocess

import harness as h

LONG = "hello, long enough for a receipt"
LISTENERS = [h.tcp(), h.udp(), h.tcp(name="octets", framing="octet-counted")]


def shell(command, expected, receipt=True, name="tcp"):
    with h.Sockd(LISTENERS) as s:
        host, port = s.address(name)
        done = subprocess.run(["bash", "-c", command], stdin=subprocess.DEVNULL, capture_output=True, check=False,
                              timeout=h.DEADLINE, env={**h.os.environ, "HOST": host, "PORT": str(port)})
        (found,) = s.wait_records(1)
        assert expected(bytes(found)) if callable(expected) else bytes(found) == expected, found
        if receipt:
            assert done.stdout.startswith(b"ok " + found.id), (done.stdout, done.stderr)
        s.stop()


def test_nc():
    h.tool("nc")
    shell("echo hello | nc -N $HOST $PORT", b"hello")


def test_nc_udp():
    h.tool("nc")
    shell(f"echo '{LONG}' | nc -u -w 1 $HOST $PORT", LONG.encode(), name="udp")


def test_ncat():
    h.tool("ncat")
    shell("echo hello | ncat $HOST $PORT", b"hello")


def test_socat():
    h.tool("socat")
    shell("echo hello | socat -t 5 - TCP:$HOST:$PORT", b"hello")


def test_socat_udp():
    h.tool("socat")
    shell(f"echo '{LONG}' | socat -t 1 - UDP:$HOST:$PORT", LONG.encode(), name="udp")


def test_bash():
    shell("exec 3<>/dev/tcp/$HOST/$PORT; echo hello >&3; read -r line <&3; echo \"$line\"", b"hello")


def test_logger_tcp():
    h.tool("logger")
    shell("logger --server $HOST --port $PORT --tcp --rfc5424 hello", lambda m: m.endswith(b"hello"), receipt=False)


def test_logger_udp():
    h.tool("logger")
    shell("logger --server $HOST --port $PORT --udp --rfc5424 hello", lambda m: m.endswith(b"hello"),
          receipt=False, name="udp")


def test_logger_octet_count():
    h.tool("logger")
    shell("logger --server $HOST --port $PORT --tcp --octet-count --rfc5424 hello", lambda m: m.endswith(b"hello"),
          receipt=False, name="octets")


def test_python():
    with h.Sockd() as s, socket.create_connection(s.address()) as c:
        c.sendall(b"hello\n")
        receipt = c.makefile("rb").readline()
        assert h.receipt_id(receipt) == s.records()[0].id
        s.stop()


def test_writes_once_reads_once():
    with h.Sockd() as s, socket.create_connection(s.address(), timeout=h.DEADLINE) as c:
        c.send("안녕하세요, no newline".encode())
        receipt = c.recv(100)
        assert h.receipt_id(receipt) == s.records()[0].id
        assert bytes(s.records()[0]).decode() == "안녕하세요, no newline"
        s.stop()


if __name__ == "__main__":
    h.main()
