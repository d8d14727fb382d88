#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""systemd-socket-activate passes sockets, TCP and UDP, with and without names: they replace the
addresses in the config and use the settings of the listener with their name, otherwise of the one
with their address, otherwise defaults; sockd itself binds nothing. Descriptors that are not such
sockets are refused."""

import os
import socket

import harness as h

SO_RCVBUFFORCE = 33  # not in the module socket


def free_port(kind=socket.SOCK_STREAM, host="127.0.0.1"):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as s:
        s.bind((host, 0))
        return s.getsockname()[1]


def activated(listeners, *options):
    # It passes on nothing of its environment unless told to.
    keep = ["NOTIFY_SOCKET"] + [k for k in os.environ if k.endswith("SAN_OPTIONS")]
    prefix = [h.tool("systemd-socket-activate"), *(f"--setenv={k}" for k in keep), *options]
    return h.Sockd(listeners, prefix=prefix, wait=False)


def connect_first(port):
    """systemd-socket-activate starts sockd at the first connection."""
    def attempt():
        try:
            return h.Client(("127.0.0.1", port))
        except ConnectionRefusedError:
            return None
    return h.wait_for(attempt, "systemd-socket-activate to listen")


def test_by_name():
    port, unused = free_port(), free_port()
    listeners = [h.tcp(name="other", reply="other\n"), h.tcp(name="mine", port=unused, reply="mine %i\n"),
                 h.udp(name="gets-none")]
    with activated(listeners, f"--listen=127.0.0.1:{port}", "--fdname=mine") as s, connect_first(port) as c:
        assert c.send(b"hello\n").line().startswith(b"mine ")
        s.wait_ready()
        assert s.bound() == [h.Bound("mine", "127.0.0.1", port, "tcp")], s.bound()
        assert [r.listener for r in s.records()] == [b"mine"]
        for name in ["other", "gets-none"]:
            s.wait_line(f"listener {name}: ")
        try:
            h.Client(("127.0.0.1", unused)).close()
            raise AssertionError("sockd has bound the configured port")
        except ConnectionRefusedError:
            pass
        s.stop()


def test_by_address():
    port = free_port()
    listeners = [h.tcp(name="other", reply="other\n"), h.tcp(name="mine", port=port, reply="mine\n")]
    with activated(listeners, f"--listen=127.0.0.1:{port}") as s, connect_first(port) as c:
        assert c.send(b"hello\n").line() == b"mine\n"
        s.wait_ready()
        s.stop()


def test_everywhere_matches_star():
    port = free_port()
    listeners = [h.tcp(name="star", address="*", port=port, reply="star\n")]
    with activated(listeners, f"--listen=0.0.0.0:{port}") as s, connect_first(port) as c:
        assert c.send(b"hello\n").line() == b"star\n"
        s.wait_ready()
        s.stop()


def test_defaults():
    port = free_port()
    with activated([h.tcp(name="other", reply="other\n")], f"--listen=127.0.0.1:{port}") as s, connect_first(port) as c:
        c.send(b"hello\n").receipts(1)
        s.wait_ready()
        assert s.bound()[0].port == port
        assert s.records()[0].listener == b"tcp-%d" % port, s.records()
        s.stop()


def test_udp():
    port = free_port(socket.SOCK_DGRAM)
    with activated([h.tcp(), h.udp(name="mine")], "--datagram", f"--listen=127.0.0.1:{port}", "--fdname=mine") as s:
        with h.Datagrams(("127.0.0.1", port)) as c:
            c.socket.settimeout(0.2)

            def ask():
                try:
                    return c.ask(b"a datagram that is long enough")
                except (ConnectionRefusedError, TimeoutError):
                    return None
            h.receipt_id(h.wait_for(ask, "an answer"))
            s.wait_ready()
            assert {r.listener for r in s.records()} == {b"mine"}
            assert s.bound() == [h.Bound("mine", "127.0.0.1", port, "udp")], s.bound()
        s.stop()


def test_two_sockets_one_listener():
    a, b = free_port(), free_port(host="::1")
    options = [f"--listen=127.0.0.1:{a}", f"--listen=[::1]:{b}", "--fdname=mine:mine"]
    with activated([h.tcp(name="mine")], *options) as s, connect_first(a) as c, h.Client(("::1", b)) as d:
        c.send(b"x\n").receipts(1)
        d.send(b"y\n").receipts(1)
        s.wait_ready()
        assert {r.peer for r in s.records()} == {c.name, d.name}
        s.stop()
        assert s.counters()["mine"].recorded == 2


def passed(sockets, listeners):
    """A sockd that has SOCKETS as descriptors 3 and up, as systemd passes them."""
    script = 'LISTEN_PID=$$ LISTEN_FDS=%d exec "$@"' % len(sockets)
    numbers = [s.fileno() for s in sockets]
    moves = " ".join(f"{3 + i}<&{n}" for i, n in enumerate(numbers))
    prefix = ["bash", "-c", f"exec {moves}; {script}", "bash"]
    return h.Sockd(listeners, prefix=prefix, wait=False, pass_fds=numbers)


def raised(sock):
    """The same socket at a number that the shell's redirections do not overwrite."""
    return socket.socket(fileno=h.fcntl.fcntl(sock.detach(), h.fcntl.F_DUPFD, 50))


def test_wrong_descriptors():
    connected = raised(socket.socketpair()[0])
    not_listening = socket.socket()
    not_listening.bind(("127.0.0.1", 0))
    not_listening = raised(not_listening)
    deaf = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    deaf.bind(("127.0.0.1", 0))
    deaf.connect(("127.0.0.1", 9))
    deaf = raised(deaf)
    good = raised(socket.create_server(("127.0.0.1", 0)))
    port = good.getsockname()[1]
    with passed([connected, not_listening, deaf, good], [h.tcp()]) as s:
        s.wait_ready()
        with h.Client(("127.0.0.1", port)) as c:
            c.send(b"x\n").receipts(1)
        assert [b.port for b in s.bound()] == [port]
        for number in (3, 4, 5):
            s.wait_line(rf"\b{number}\b")
        s.stop()
    for sock in (connected, not_listening, deaf, good):
        sock.close()


def test_passed_receive_buffer_stays():
    """An unprivileged sockd could only make it smaller."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    for force, kept in [(False, False), (True, True)]:
        size = 16 << 20 if force else 65536
        try:
            sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, size)
        except PermissionError as error:
            raise h.Skip("only root can make a buffer that large") from error
        before = sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        copy = raised(sock.dup())
        with passed([copy], [h.udp(port=sock.getsockname()[1])]) as s:
            s.wait_ready()
            assert (sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) == before) == kept
            s.stop()
        copy.close()
    sock.close()


def unix_socket(path, kind="stream", credentials=True):
    """As systemd makes it, at a number that the shell leaves alone."""
    s = socket.socket(socket.AF_UNIX, h.UNIX_TYPES[kind])
    s.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, credentials)
    s.bind(h.unix_name(path))
    if kind != "datagram":
        s.listen()
    return raised(s)


def test_unix_sockets():
    """By their paths; the file is the service manager's, and stays."""
    with h.tempfile.TemporaryDirectory(prefix="sockd-test-") as d:
        sockets = [unix_socket(f"{d}/{kind}", kind) for kind in h.UNIX_TYPES] + [unix_socket(f"@{d}")]
        listeners = [h.unix(kind, name=f"my-{kind}", path=f"{d}/{kind}", mode="0600") for kind in h.UNIX_TYPES]
        before = [os.stat(f"{d}/{kind}").st_mode for kind in h.UNIX_TYPES]
        with passed(sockets, [*listeners, h.unix(name="abstract", path=f"@{d}")]) as s:
            s.wait_ready()
            for path, kind, name in [(f"{d}/stream", "stream", b"my-stream"), (f"@{d}", "stream", b"abstract"),
                                     (f"{d}/seqpacket", "seqpacket", b"my-seqpacket")]:
                with h.LocalClient(path, kind) as c:
                    c.send(b"hello\n").receipts(1)
                    assert (s.records()[-1].listener, s.records()[-1].peer) == (name, c.name), s.records()
            with h.LocalDatagrams(f"{d}/datagram") as c:
                h.receipt_id(c.ask(b"a datagram that is long enough for its receipt"))
                assert (s.records()[-1].listener, s.records()[-1].peer) == (b"my-datagram", c.name), s.records()
            assert "PassCredentials" not in s.stderr, s.stderr
            s.stop()
        assert [os.stat(f"{d}/{kind}").st_mode for kind in h.UNIX_TYPES] == before
        for sock in sockets:
            sock.close()


def test_unix_socket_without_credentials():
    """Whoever sent a datagram before sockd came is unknown; sockd says what the unit lacks."""
    with h.tempfile.TemporaryDirectory(prefix="sockd-test-") as d:
        sockets = [unix_socket(f"{d}/datagram", "datagram", False), unix_socket(f"{d}/stream", "stream", False)]
        with h.LocalDatagrams(f"{d}/datagram") as c, h.LocalClient(f"{d}/stream") as early:
            c.send(b"early: a datagram that is long enough for its receipt")
            early.send(b"early\n")
            with passed(sockets, [h.unix("datagram", path=f"{d}/datagram"), h.unix(path=f"{d}/stream")]) as s:
                s.wait_ready()
                h.receipt_id(c.receive())
                h.receipt_id(c.ask(b"later: a datagram that is long enough for its receipt"))
                early.receipts(1)
                peers = {bytes(r).partition(b":")[0]: r.peer for r in s.records() if r.listener == b"datagram"}
                assert peers == {b"early": b"uid:-/pid:0", b"later": c.name}, peers
                assert [r.peer for r in s.records() if r.listener == b"stream"] == [early.name]
                said = [line for line in s.stderr.splitlines() if "PassCredentials=yes" in line]
                assert len(said) == 1 and "descriptor 3 " in said[0], s.stderr
                s.stop()
        for sock in sockets:
            sock.close()


def test_unix_defaults():
    """A path that no listener has; and a socket without any, which nobody can reach."""
    with h.tempfile.TemporaryDirectory(prefix="sockd-test-") as d:
        nameless = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        sockets = [unix_socket(f"{d}/other"), raised(nameless), unix_socket(f"{d}/packets", "seqpacket")]
        with passed(sockets, [h.tcp()]) as s, h.LocalClient(f"{d}/other") as c, \
                h.LocalClient(f"{d}/packets", "seqpacket") as p:
            s.wait_ready()
            c.send(b"hello\n").receipts(1)
            p.send(b"hello").receipts(1)
            assert [r.listener for r in s.records()] == [b"unix-stream", b"unix-seqpacket"], s.records()
            s.wait_line(r"ignoring descriptor 4 .*: it is not bound to a path")
            s.stop()
        for sock in sockets:
            sock.close()


def test_systemd_socket_activate_at_a_path():
    with h.tempfile.TemporaryDirectory(prefix="sockd-test-") as d:
        path = f"{d}/s"
        with activated([h.unix(path=path, reply="mine %i\n")], f"--listen={path}") as s:
            def attempt():
                try:
                    return h.LocalClient(path)
                except (ConnectionRefusedError, FileNotFoundError):
                    return None
            with h.wait_for(attempt, "systemd-socket-activate to listen") as c:
                assert c.send(b"hello\n").line().startswith(b"mine ")
            s.wait_ready()
            s.stop()
        assert os.path.lexists(path)


def test_meant_for_another_process():
    with h.Sockd(env={"LISTEN_PID": "1", "LISTEN_FDS": "1"}) as s, s.connect() as c:
        c.send(b"x\n").receipts(1)
        s.stop()


if __name__ == "__main__":
    h.main()
