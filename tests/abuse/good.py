#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The good client, a process of its own: sends a numbered message, waits for its receipt, pauses, and so on until
standard input ends. Prints a line for each receipt: its ID, its number, how many seconds it took.

    tests/abuse/good.py tcp|tls|udp SOURCE ADDRESS PORT

Datagrams are answered or not: "- NUMBER" is one without an answer within two seconds."""

import pathlib
import select
import socket
import sys
import time

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent.parent)]
sys.dont_write_bytecode = True

import harness as h  # noqa: E402 pylint: disable=wrong-import-position
from tls_client import TlsClient  # noqa: E402 pylint: disable=wrong-import-position

PAUSE = {"tcp": 0.01, "tls": 0.01, "udp": 0.1}  # between two messages


def text_of(number):
    return b"good message %d, which is long enough for a receipt" % number


def exchange(protocol, client, number):
    if protocol != "udp":
        return client.send(text_of(number) + b"\n").receipts(1)[0].decode()
    try:
        return h.receipt_id(client.ask(text_of(number))).decode()
    except TimeoutError:
        return "-"


def main():
    protocol, source, host, port = sys.argv[1:]
    kind = {"tcp": h.Client, "tls": TlsClient, "udp": h.Datagrams}[protocol]
    with kind((host, int(port)), source=(source, 0)) as c:
        if protocol == "udp":
            c.socket.settimeout(2)
        number = 0
        while not select.select([sys.stdin], [], [], PAUSE[protocol])[0]:
            begin = time.monotonic()
            print(exchange(protocol, c, number), number, time.monotonic() - begin, flush=True)
            number += 1


if __name__ == "__main__":
    try:
        main()
    except (AssertionError, socket.error) as e:
        sys.exit(f"the good client: {e!r}")
