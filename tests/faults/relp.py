# SPDX-License-Identifier: MIT
"""A client for RELP, with which rsyslog acknowledges: TXNR COMMAND LENGTH DATA LF, each answered by
one "rsp"."""

import re

OFFERS = b"relp_version=0\nrelp_software=sockd-tests\ncommands=syslog"
ANSWER = re.compile(rb"(\d+) rsp (\d+) ?")


class Relp:
    """Has the methods of clients.Plain."""

    def __init__(self):
        self.number = 0

    def frame(self, command, data):
        self.number += 1
        return b"%d %s %d %s\n" % (self.number, command, len(data), data)

    def greet(self, sock):
        sock.sendall(self.frame(b"open", OFFERS))
        buffer, answers = b"", []
        while not answers:
            data = sock.recv(65536)
            if not data:
                raise ConnectionResetError("closed")
            answers, buffer = self.answers(buffer + data)

    def encode(self, text):
        return self.frame(b"syslog", b"<13>" + text)

    def answers(self, buffer):
        """Like clients.Plain.answers(): the id is the transaction number."""
        answers = []
        while True:
            match = ANSWER.match(buffer)
            if not match or len(buffer) < match.end() + int(match.group(2)) + 1:
                return answers, buffer
            data = buffer[match.end():match.end() + int(match.group(2))]
            buffer = buffer[match.end() + int(match.group(2)) + 1:]
            answers.append((b"ok" if data.startswith(b"200") else b"error", match.group(1), b"acknowledged"))
