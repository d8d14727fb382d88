# SPDX-License-Identifier: MIT
"""Peers that make TLS expensive, or try what it takes."""

import contextlib
import functools
import json
import random
import subprocess

import harness as h
import key_updates as updates
import pki
from kernel_memory import of_streams
from scene import LOAD, Scene, close, cpu_seconds
from tls_client import TlsClient

MIB = 1 << 20
TOP = "limits = {{ memory = {memory}; connections = 20000; }};\nworkers = 1;"
# Of limits.memory, half of which TLS streams may have; and with a part of a record.
STREAM, STREAM_WITH_PART = 32 << 10, 49 << 10
CUT_OFF = b"\\[cut off]"
# Its receipts are longer than it is.
LINES = b"19 bytes of message\n" * 3277


@functools.cache
def certificates():
    """What abusers trust, and who the server is; made when first needed."""
    made = pki.temporary()
    return pki.context(made.ca), made.server()


def scene(good_at="tls", memory=64 * MIB, **keys):
    server = certificates()[1]
    secure = h.tcp(name="tls", tls={"certificate": server.certificate, "key": server.key}, **keys)
    return Scene([h.tcp(), secure], TOP.format(memory=memory), good_at=good_at, memory_max=memory + 16 * MIB)


def connect(s, n, **keys):
    return [TlsClient(s.sockd.address("tls"), context=certificates()[0], **keys) for _ in range(n)]


def idle(long):
    """Streams that say nothing take what limits.memory has for them. More of them are not accepted until others leave;
    meanwhile, streams without TLS are."""
    n, more = 64 * MIB // 2 // STREAM, 76
    with scene(good_at="tcp") as s:
        before = s.sockd.memory_peak()
        clients = connect(s, n)
        cost = s.sockd.memory_peak() - before
        assert h.SANITIZED or cost <= n * STREAM, f"{cost >> 10} KiB for {n}"
        waiting = s.connect(more, "tls")
        h.wait_for(lambda: s.sockd.backlog("tls") == more, "accepting to pause")
        s.watch(500 if long else 50)
        with s.sockd.connect() as plain:
            plain.send(b"not held up\n").receipts(1)
        assert s.sockd.backlog("tls") == more and all(c.silent() for c in clients)
        for c in clients[:more]:
            c.send(b"the last one\n").receipts(1)
        close(clients[:more])
        h.wait_for(lambda: s.sockd.backlog("tls") == 0, "the others to be accepted")
        close(waiting + clients[more:])
        s.figures |= {"streams": n, "KiB each": cost / n / 1024}
    return s.figures


def storm(long):
    """300 ClientHellos at any time, none of which is followed by anything; an established stream is served."""
    with scene() as s:
        host, port = s.sockd.address("tls")
        load = ["-a", host, "-p", str(port), "-c", "300", "-n", "999999999", "-t", "20" if long else "2"]
        with subprocess.Popen([LOAD, "storm", *load], stdout=subprocess.PIPE) as p:
            s.watch(1000 if long else 50)
            report = json.loads(p.communicate(timeout=120)[0])
        assert report["receipts"] > 0, "no ClientHello was answered"
        s.figures["handshakes/s"] = report["receipts"] / report["seconds"]
    return s.figures


def closed_of(clients):
    """Those that sockd has closed, and the others."""
    left, gone = [], []
    for c in clients:
        (gone if h.readable(c.socket) else left).append(c)
    return gone, left


def slow_hello(long):
    """ClientHellos of which a byte comes now and then: after ten seconds each of them is closed, and while they are
    open, their memory is what limits.memory allows."""
    n = 4000 if long else 2000
    with scene(memory=2 * (n + 100) * STREAM_WITH_PART) as s:
        clients = connect(s, n, shake=False)
        hellos = {c: iter(c.hello()) for c in clients}
        n_rounds = 0
        while clients:
            for c in clients:
                with contextlib.suppress(ConnectionError):
                    c.raw(bytes([next(hellos[c])]))
            n_rounds += 1
            s.watch(50)
            gone, clients = closed_of(clients)
            for c in gone:
                assert c.socket.recv(1) == b"", "an answer to half a ClientHello"
                c.socket.close()
        s.sockd.wait_line("TLS: has not shaken hands in time")
        s.figures |= {"ClientHellos": n, "bytes of each": n_rounds}
    return s.figures


class Silent:
    """A peer that does not read: what it is to send, and a socket."""

    def __init__(self, sock, data):
        self.socket, self.data = sock, data
        sock.setblocking(False)

    def push(self):
        """What the kernel takes at once; returns whether that was all."""
        with contextlib.suppress(BlockingIOError):
            while self.data:
                self.data = self.data[self.socket.send(self.data):]
        return not self.data


def never_read(long):
    """Peers that send on and on, and read no receipts: they are read on, and what the kernel keeps is bounded."""
    n, rounds = (300, 20) if long else (30, 5)
    with scene() as s:
        clients = connect(s, n)
        peers = [Silent(c.socket, c.seal(rounds * LINES)) for c in clients]
        while not all([p.push() for p in peers]):
            s.watch(5)
        h.wait_for(lambda: all(map(s.sockd.has_read_all, peers)), "sockd to read all that was sent", 120)
        sizes = of_streams(s.sockd.port("tls"))
        s.figures |= {"KiB of kernel memory each": sum(sizes) / len(sizes) / 1024, "KiB at most": max(sizes) / 1024}
        assert max(sizes) <= 128 << 10, f"{max(sizes) >> 10} KiB of kernel memory for one peer"
        for c in clients:
            c.reset()
    return s.figures


def key_updates(long):
    """Peers that want new keys again and again, and do not read the answers: that they are ended costs next to nothing;
    with one now and then, they are served."""
    n, source = 100 if long else 10, ("127.0.0.1", 0)
    with scene() as s:
        address = s.sockd.address("tls")
        peers = [Silent(*updates.made(address, source, 9000)) for _ in range(n)]
        cpu = cpu_seconds(s.sockd.pid)
        for p in peers:
            with contextlib.suppress(ConnectionError):
                p.push()
        h.wait_for(lambda: all(h.readable(p.socket) for p in peers), "them to be ended")
        s.sockd.wait_line("TLS: changes its keys too often")
        s.figures["ms CPU each"] = (cpu_seconds(s.sockd.pid) - cpu) * 1e3 / n
        s.watch(10)
        sock, data = updates.made(address, source, 20, b"with new keys\n")
        with sock:
            sock.sendall(data)
            h.wait_for(lambda: [r.text for r in s.sockd.records()].count(b"with new keys") == 20, "its messages")
        close(p.socket for p in peers)
    return s.figures


def mutated(dice, data):
    """With a byte changed, a part gone, or some more."""
    at = dice.randrange(len(data))
    kind = dice.randrange(3)
    if kind == 0:
        return data[:at] + bytes([data[at] ^ 1 << dice.randrange(8)]) + data[at + 1:]
    if kind == 1:
        return data[:at] + data[at + 1 + dice.randrange(20):]
    return data[:at] + dice.randbytes(dice.randrange(1, 50)) + data[at:]


def strange(dice, s):
    """One stream; what it has sent before anything strange is a message."""
    kind = dice.randrange(4)
    with contextlib.suppress(ConnectionError), TlsClient(s.address("tls"), context=certificates()[0],
                                                         shake=kind > 1) as c:
        if kind == 0:
            c.raw(b"\x16\x03\x01"[:dice.randrange(4)] + dice.randbytes(dice.randrange(1, 5000)))
        elif kind == 1:
            c.raw(mutated(dice, c.hello()))
        else:
            c.send(b"whole\n").receipts(1)
            sealed = c.seal(b"forged\n" * dice.randrange(1, 400), record=dice.randrange(8, 1000))
            c.raw(dice.randbytes(dice.randrange(1, 5000)) if kind == 2 else mutated(dice, sealed[:100]))
        c.cut()
        return kind > 1
    return kind > 1


def garbage(long):
    """Bytes that mean nothing, and records and ClientHellos with something changed, before and after the handshake: in
    the file is nothing but what came before that, and the account adds up."""
    dice = random.Random(23)
    with scene() as s:
        n_whole = sum(strange(dice, s.sockd) for _ in range(5000 if long else 500))
        for _ in range(3):
            received, *fates = map(int, s.sockd.wait_told(h.STATUS).groups())
            assert received == sum(fates), (received, fates)
        texts = [r.text for r in s.sockd.records() if not r.peer.startswith(b"127.0.1.1:")]
        assert texts.count(b"whole") == n_whole, f"{texts.count(b'whole')} of {n_whole} messages"
        others = [text for text in texts if text != b"whole"]
        assert all(b"forged".startswith(text.removesuffix(CUT_OFF)) for text in others), set(others)
        s.figures |= {"whole messages": n_whole, "before something strange": len(others)}
    return s.figures
