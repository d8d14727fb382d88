# SPDX-License-Identifier: MIT
"""A TLS client that can be as rude as needed: what it makes are bytes, which a test may send whole, in parts, or not at
all, and it may end without saying so."""

import contextlib
import ssl

import harness as h
import pki


class TlsClient(h.Client):
    """CA: what it trusts, else anybody; IDENTITY: the certificate it shows. More keys are those of pki.context(). An
    alert of the other side is an ssl.SSLError, whose reason is the name of the alert; in TLS 1.3, what the server
    finds wrong with a client's certificate arrives after the handshake, by the first read."""

    def __init__(self, address, ca=None, identity=None, *, name="localhost", shake=True, source=None, **keys):
        super().__init__(address, source=source)
        self.arrived, self.made = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = keys.pop("context", None) or pki.context(ca, identity, **keys)
        self.tls = context.wrap_bio(self.arrived, self.made, server_hostname=name)
        self.ended = False  # the other side has sent close_notify
        if shake:
            self.shake()

    # Bytes for the wire.

    def taken(self):
        """What is to be sent, which is then up to the caller."""
        return self.made.read()

    def raw(self, data):
        """Sends these bytes as they are."""
        if data:  # a socket that is shut would not even send nothing
            self.socket.sendall(data)
        return self

    def greet(self):
        """One step of the handshake; returns whether it is complete."""
        try:
            self.tls.do_handshake()
            return True
        except ssl.SSLWantReadError:
            return False

    def hello(self):
        """The ClientHello, not sent yet."""
        assert not self.greet()
        return self.taken()

    def seal(self, data, record=16384):
        """Data as records of at most that many bytes each."""
        for at in range(0, len(data), record):
            self.tls.write(data[at:at + record])
        return self.taken()

    def farewell(self):
        """close_notify. What has arrived before is read first: it could not be afterwards."""
        with contextlib.suppress(ssl.SSLWantReadError):
            while data := self._read():
                self.pending += data
        with contextlib.suppress(ssl.SSLWantReadError, ssl.SSLSyscallError):
            self.tls.unwrap()
        return self.taken()

    # Like any client.

    def _fill(self):
        data = self.socket.recv(65536)
        if data:
            self.arrived.write(data)
        else:
            self.arrived.write_eof()

    def shake(self):
        done = False
        while not done:
            try:
                done = self.greet()
            finally:
                with contextlib.suppress(OSError):  # an alert to somebody who may have gone
                    self.raw(self.taken())
            if not done:
                self._fill()
        return self

    def send(self, data, **keys):
        return self.raw(self.seal(data, **keys))

    def _read(self):
        try:
            return self.tls.read(65536)
        except ssl.SSLZeroReturnError:
            return b""

    def receive(self):
        """Nothing at close_notify, and at EOF without it: ended tells which."""
        while not self.ended:
            try:
                data = self._read()
                self.ended = not data
                return data
            except ssl.SSLWantReadError:
                self.raw(self.taken())  # an answer to a KeyUpdate
                self._fill()
            except ssl.SSLEOFError:
                break
        return b""

    def finish(self):
        """close_notify and FIN; can still read."""
        self.raw(self.farewell())
        return super().finish()

    def cut(self):
        """FIN without close_notify; can still read."""
        return super().finish()

    def close(self):
        """As a program that ends properly."""
        with contextlib.suppress(OSError, ssl.SSLError, ValueError):
            self.raw(self.farewell())
        super().close()
