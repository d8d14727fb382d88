# SPDX-License-Identifier: MIT
"""Clients that speak TLS, in the loop of all clients."""

import contextlib
import functools
import ssl

import pki
from clients import Tcp

RECORD_MAX = 16384


@functools.cache
def certificates():
    """What clients trust, and who the server is; made when first needed."""
    made = pki.temporary()
    return pki.context(made.ca), made.server()


def settings():
    """Of the listener."""
    server = certificates()[1]
    return {"tls": {"certificate": server.certificate, "key": server.key}}


class Tls(Tcp):
    """Whatever fails, records arrive whole and in order: any other error of TLS than an alert fails the case."""

    def connect(self):
        super().connect()
        self.arrived, self.made = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = certificates()[0].wrap_bio(self.arrived, self.made, server_hostname="localhost")
        self.agreed = False
        self.size = self.clients.rng.choice((RECORD_MAX, RECORD_MAX, 1000, 50))  # of its records
        self.shake_hands()

    def shake_hands(self):
        with contextlib.suppress(ssl.SSLWantReadError):
            self.tls.do_handshake()
            self.agreed = True
        self.output += self.made.read()

    def room(self):
        return super().room() if self.agreed else 0

    def compose(self):
        data = super().compose()
        for at in range(0, len(data), self.size):
            self.tls.write(data[at:at + self.size])
        return self.made.read()

    def take(self, data):
        self.arrived.write(data)
        try:
            if not self.agreed:
                self.shake_hands()
            while self.agreed:
                super().take(self.tls.read(RECORD_MAX))
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError as e:
            raise ConnectionResetError("closed") from e
        except ssl.SSLError as e:
            # What a server without memory offers may be less than it could.
            if self.agreed and "ALERT" not in (e.reason or ""):
                raise
            raise ConnectionResetError(e.reason) from e
