#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A service manager keeps the sockets that sockd puts into its descriptor store, and passes them to
the next sockd, after a restart or a crash: clients that connect or send in the meantime wait.
Sockets that no listener needs any more are removed from the store."""

import os
import re
import signal
import socket
import threading

import harness as h

STORE = re.compile(r"FDSTORE=1\nFDPOLL=0\nFDNAME=(sockd-own-[^\n:]+)$")
REMOVE = re.compile(r"FDSTOREREMOVE=1\nFDNAME=([^\n:]+)$")


class Manager:
    """What systemd does with a unit's descriptors."""

    def __init__(self):
        self.fds = {}

    def listen_to(self, s):
        while h.select.select([s.notify], [], [], 0)[0]:
            data, fds, _, _ = socket.recv_fds(s.notify, 4096, 4)
            text = data.decode()
            if stored := STORE.fullmatch(text):
                assert stored[1] not in self.fds, f"{stored[1]} is stored twice"
                self.fds[stored[1]], = [h.fcntl.fcntl(fd, h.fcntl.F_DUPFD, 50) for fd in fds]
            elif removed := REMOVE.fullmatch(text):
                os.close(self.fds.pop(removed[1]))
            for fd in fds:
                os.close(fd)

    def start(self, *args, names=None, await_listening=True, **keys):
        """Listens to nothing but the store before READY=1, so what is stored comes after it."""
        numbers = list(self.fds.values())
        names = names or list(self.fds)
        script = f'LISTEN_PID=$$ LISTEN_FDS={len(numbers)} LISTEN_FDNAMES={":".join(names)} exec "$@"'
        moves = " ".join(f"{3 + i}<&{n} {n}<&-" for i, n in enumerate(numbers))
        prefix = ["bash", "-c", f"exec {moves}; {script}" if numbers else 'exec "$@"', "bash"]
        s = h.Sockd(*args, prefix=prefix, pass_fds=numbers, wait=False, env={"FDSTORE": "64"}, **keys)
        if await_listening:
            s.wait_line("listening on")
        return s

    def close(self):
        for fd in self.fds.values():
            os.close(fd)


def ready(manager, s):
    """All that it stores comes before READY=1 or just after it, so a message is answered first."""
    with s.connect() as c:
        c.send(b"hello\n").receipts(1)
    manager.listen_to(s)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def survives(how):
    manager = Manager()
    port = free_port()
    listeners = [h.tcp(port=port), h.udp(port=port)]
    with manager.start(listeners) as s:
        ready(manager, s)
        assert sorted(manager.fds) == [f"sockd-own-tcp-127.0.0.1_{port}", f"sockd-own-udp-127.0.0.1_{port}"]
        directory = s.dir
        how(s)
        with h.Client(("127.0.0.1", port)) as c, h.Datagrams(("127.0.0.1", port)) as d:
            c.send(b"while it was away\n")
            d.send(b"so was this datagram, which is long enough for its receipt")
            with manager.start(listeners) as t:
                c.receipts(1)
                h.receipt_id(d.receive())
                t.wait_line("kept by the service manager")
                manager.listen_to(t)
                assert len(manager.fds) == 2, manager.fds
                t.stop()
        assert directory
    manager.close()


def test_restart():
    survives(lambda s: s.stop())


def test_crash():
    survives(lambda s: s.kill())


def test_connection_that_nobody_accepted_waits_for_the_next():
    manager = Manager()
    port = free_port()
    listeners = [h.tcp(port=port)]
    with manager.start(listeners, top="limits: { connections = 1; };") as s, s.connect() as a:
        a.send(b"one\n").receipts(1)
        manager.listen_to(s)
        with s.connect() as b:
            b.send(b"two\n")
            s.stop()
            with manager.start(listeners) as t:
                b.receipts(1)
                t.stop()
    manager.close()


def test_nobody_wants_it():
    manager = Manager()
    a, b = free_port(), free_port()
    with manager.start([h.tcp(port=a), h.tcp(name="other", port=b)]) as s:
        ready(manager, s)
        assert len(manager.fds) == 2
        s.kill()
    with manager.start([h.tcp(port=a)]) as s:
        s.wait_line(f"dropping the stored socket sockd-own-tcp-127.0.0.1_{b}")
        ready(manager, s)
        assert list(manager.fds) == [f"sockd-own-tcp-127.0.0.1_{a}"]
        s.write_config(h.config_text([h.tcp(port=b)]))
        s.signal(signal.SIGHUP)
        s.wait_line("^reloaded")
        with h.Client(("127.0.0.1", b)) as c:
            c.send(b"x\n").receipts(1)
        manager.listen_to(s)
        assert list(manager.fds) == [f"sockd-own-tcp-127.0.0.1_{b}"], manager.fds
        s.stop()
    manager.close()


def test_groups_are_in_the_name():
    """The kernel does not tell what a socket has joined: a socket with other groups is another one."""
    manager = Manager()
    port = free_port()
    texts = [[h.tcp(), h.udp(address="*", port=port, interface="lo", groups=[f"239.1.1.{i}"])] for i in range(3)]
    names = []
    with manager.start(texts[0]) as s:
        for text in texts[:2]:
            s.write_config(h.config_text(text))
            s.signal(signal.SIGHUP)
            h.wait_for(lambda: s.stderr.count("reloaded ") > len(names), "the reload")
            ready(manager, s)
            names.append({name for name in manager.fds if name.startswith(f"sockd-own-udp-0.0.0.0_{port}%lo/")})
            assert len(names[-1]) == 1, manager.fds
        assert names[0] != names[1], names
        s.kill()
    with manager.start(texts[1]) as s:
        ready(manager, s)
        assert f"listening on 0.0.0.0:{port} (udp), kept by the service manager" in s.stderr, s.stderr
        s.kill()
    with manager.start(texts[2]) as s:
        s.wait_line("dropping the stored socket " + next(iter(names[1])))
        s.stop()
    manager.close()


def test_only_half_of_everywhere_was_stored():
    manager = Manager()
    port = free_port()
    with manager.start([h.tcp(port=port, address="0.0.0.0")]) as s:
        ready(manager, s)
        s.kill()
    with manager.start([h.tcp(port=port, address="*")]) as s:
        for host in ["127.0.0.1", "::1"]:
            with h.Client((host, port)) as c:
                c.send(b"x\n").receipts(1)
        s.stop()
    manager.close()


def test_stored_address_has_become_every_address():
    manager = Manager()
    port = free_port()
    with manager.start([h.tcp(port=port)]) as s:
        ready(manager, s)
        s.kill()
    with manager.start([h.tcp(port=port, address="*")]) as s:
        s.wait_line("dropping the stored socket")
        for host in ["127.0.0.1", "::1"]:
            with h.Client((host, port)) as c:
                c.send(b"x\n").receipts(1)
        manager.listen_to(s)
        assert len(manager.fds) == 2 and f"sockd-own-tcp-0.0.0.0_{port}" in manager.fds, manager.fds
        s.stop()
    manager.close()


def test_unix_sockets():
    """Over restarts and crashes, nobody is refused: the files stay, and are those of the sockets."""
    manager = Manager()
    kinds = list(h.UNIX_TYPES)
    with h.tempfile.TemporaryDirectory(prefix="sockd-test-") as d:
        listeners = [h.tcp(), *[h.unix(kind, path=f"{d}/{kind}") for kind in kinds], h.unix(name="abstract",
                                                                                            path=f"@{d}")]
        files = None
        for how in ("stop", "kill", "stop", "kill", "stop"):
            with manager.start(listeners) as s:
                ready(manager, s)
                now = {kind: os.lstat(f"{d}/{kind}").st_ino for kind in kinds}
                assert files in (None, now), (files, now)
                files = now
                unix = [name for name in manager.fds if name.startswith("sockd-own-unix-")]
                assert len(unix) == len(kinds) + 1, manager.fds
                for kind in kinds:
                    assert f"sockd-own-unix-{kind}-{d}/{kind}#{files[kind]:x}" in unix, unix
                getattr(s, how)()
            waiting = [h.LocalClient(f"{d}/{kind}", kind) for kind in ("stream", "seqpacket")]
            waiting.append(h.LocalClient(f"@{d}"))
            with h.LocalDatagrams(f"{d}/datagram") as c:
                for w in waiting:
                    w.send(b"while it was away\n")
                c.send(b"so was this datagram, which is long enough for its receipt")
                with manager.start(listeners) as s:
                    for w in waiting:
                        w.receipts(1)
                        assert s.records()[-1].peer == w.name
                        w.close()
                    h.receipt_id(c.receive())
                    assert {r.peer for r in s.records()} == {c.name}
                    assert s.stderr.count("kept by the service manager") >= len(kinds) + 1, s.stderr
                    ready(manager, s)
                    s.stop()
    manager.close()


def test_no_connection_is_refused_by_a_restart():
    """Clients connect all the time, while sockd is restarted and killed."""
    manager = Manager()
    with h.tempfile.TemporaryDirectory(prefix="sockd-test-") as d:
        path = f"{d}/s"
        listeners = [h.tcp(), h.unix(path=path)]
        over, errors, n = threading.Event(), [], [0]

        def connect():
            while not over.is_set():
                try:
                    with h.LocalClient(path) as c:
                        c.send(b"hello\n")
                        c.line()
                        n[0] += 1
                except (BrokenPipeError, ConnectionResetError):
                    pass  # it had been accepted, then sockd was killed
                except OSError as error:
                    errors.append(error)
        thread = None
        for i in range(10):
            with manager.start(listeners) as s:
                ready(manager, s)
                if not thread:
                    thread = threading.Thread(target=connect)
                    thread.start()
                h.wait_for(lambda before=n[0]: n[0] > before + 20, "clients")
                (s.stop if i % 2 else s.kill)()
        over.set()
        with manager.start(listeners) as s:
            thread.join()
            s.stop()
        assert not errors, errors
    manager.close()


def test_unix_file_that_was_replaced():
    """What was stored has no name any more: it is not used, and what is there is not removed while it lives."""
    manager = Manager()
    with h.tempfile.TemporaryDirectory(prefix="sockd-test-") as d:
        path = f"{d}/s"
        listeners = [h.tcp(), h.unix(path=path)]
        for theirs in ("nothing", "live", "dead"):
            with manager.start(listeners) as s:
                ready(manager, s)
                s.kill()
            os.unlink(path)
            with socket.socket(socket.AF_UNIX) as other:
                if theirs != "nothing":
                    other.bind(path)
                    other.listen()
                if theirs == "live":
                    before = os.lstat(path).st_ino
                    with manager.start(listeners, await_listening=False) as s:
                        s.wait_line("another program listens on it$")
                        assert s.wait_exit() == 75
                    assert os.lstat(path).st_ino == before
            with manager.start(listeners) as s:
                s.wait_line("dropping the stored socket sockd-own-unix-stream-")
                with h.LocalClient(path) as c:
                    c.send(b"hello\n").receipts(1)
                ready(manager, s)
                assert f"sockd-own-unix-stream-{path}#{os.lstat(path).st_ino:x}" in manager.fds, manager.fds
                s.stop()
            for name in list(manager.fds):
                os.close(manager.fds.pop(name))
    manager.close()


def test_raw():
    """It keeps its queue. Two protocols at one address, which nobody else uses, are two sockets."""
    manager = Manager()
    address = f"127.{os.getpid() >> 8 & 255}.{os.getpid() & 255}.9"
    listeners = [h.tcp(), h.raw(address=address), h.raw(name="other", address=address, ip_protocol=254)]
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_RAW, 253) as c:
            with manager.start(listeners) as s:
                ready(manager, s)
                assert {f"sockd-own-raw-{address}#{n}" for n in (253, 254)} < manager.fds.keys(), manager.fds
                s.kill()
            c.sendto(b"while it was away", (address, 0))
            with manager.start(listeners) as s:
                assert bytes(s.wait_records(1)[0]) == b"while it was away"
                ready(manager, s)
                s.stop()
    except PermissionError as error:
        raise h.Skip("needs root for a raw socket") from error
    finally:
        manager.close()


def test_no_service_manager_keeps_anything():
    """Clients that connected before the end are still accepted."""
    with h.Sockd(top="limits: { connections = 1; };") as s, s.connect() as a:
        a.send(b"one\n").receipts(1)
        with s.connect() as b:
            b.send(b"two\n")
            a.finish()
            a.rest()
            s.stop()
            b.receipts(1)


if __name__ == "__main__":
    h.main()
