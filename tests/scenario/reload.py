#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The config file changes and sockd gets SIGHUP while clients are connected: a listener whose
address is unchanged keeps its socket and streams, new settings apply to new messages, listeners and
outputs are added and removed, and an invalid file changes nothing."""

import os
import re
import signal
import socket
import threading

import harness as h


def free_port(host="127.0.0.1", kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind((host, 0))
        return s.getsockname()[1]


def ask(s, text):
    """SIGHUP with a new file; returns the log line with the result."""
    s.told()  # a service manager closes what it does not keep
    s.write_config(text)
    n = len(re.findall("^reloaded|^cannot reload", s.stderr, re.MULTILINE))
    s.signal(signal.SIGHUP)

    def answer():
        lines = re.findall("^(?:reloaded|cannot reload).*$", s.stderr, re.MULTILINE)
        return lines[n] if len(lines) > n else None
    return h.wait_for(answer, "the end of the reload")


def reload(s, listeners=None, outputs=None, top=""):
    answer = ask(s, h.config_text(listeners, outputs, top))
    assert answer.startswith("reloaded"), answer


def refused(address):
    try:
        h.Client(address).close()
    except ConnectionRefusedError:
        return True
    return False


def test_settings_for_new_messages():
    port = free_port()
    with h.Sockd([h.tcp(port=port)]) as s, s.connect() as c:
        c.send(b"one\n").receipts(1)
        reload(s, [h.tcp(port=port, reply="ok new %i %l\n", acknowledge="written", name="renamed")],
               top="limits: { message_size = 4; };")
        assert re.fullmatch(rb"ok new [0-9a-z-]+ written truncated\n", c.send(b"twenty\n").line())
        reload(s, [h.tcp(port=port, reply="")])
        c.send(b"three\n")
        s.wait_records(3)
        reload(s, [h.tcp(port=port)])
        c.send(b"four\n").receipts(1)
        assert [(r.listener, r.text) for r in s.records()] == [
            (b"tcp", b"one"), (b"renamed", b"twen\\[truncated 6 bytes]"), (b"tcp", b"three"), (b"tcp", b"four")]
        s.stop()
        assert s.counters()["tcp"].received == 4, "the account goes on"


def test_port_that_the_kernel_chose():
    with h.Sockd() as s, s.connect() as c:
        port = s.port()
        reload(s, top="limits: { message_size = 4; };")
        assert c.send(b"12345\n").line().endswith(b"truncated\n")
        with h.Client(("127.0.0.1", port)) as d:
            d.send(b"x\n").receipts(1)
        assert [b.port for b in s.bound()] == [port], "it is the same port"
        s.stop()


def test_stream_keeps_its_framing():
    with h.Sockd() as s, s.connect() as c:
        reload(s, [h.tcp(framing="nul")])
        c.send(b"a line\n").receipts(1)
        with s.connect() as d:
            d.send(b"with NUL\0").receipts(1)
        assert [r.text for r in s.records()] == [b"a line", b"with NUL"]
        s.stop()


def test_message_timeout_is_armed():
    with h.Sockd([h.tcp(message_timeout=0)]) as s, s.connect() as c:
        c.send(b"no newline")
        reload(s, [h.tcp(message_timeout=0.05)])
        c.receipts(1)
        s.stop()


def test_listeners_come_and_go():
    old, new = free_port(), free_port()
    stays, goes = h.tcp(name="stays"), h.tcp(name="goes", port=old)
    with h.Sockd([stays, goes, h.udp()]) as s:
        with s.connect("stays") as a, s.connect("goes") as b, s.datagrams() as d:
            b.send(b"sent before\nand a rest without its newline")
            a.send(b"first\n").receipts(1)
            d.send(b"datagram")
            udp = s.address("udp")
            reload(s, [stays, h.tcp(name="comes", port=new)])
            b.receipts(1)
            assert b.rest() == b"", "the stream of the listener that left is drained and closed"
            a.send(b"second\n").receipts(1)
            with s.connect("comes") as c:
                c.send(b"third\n").receipts(1)
            h.wait_for(lambda: refused(("127.0.0.1", old)), "the port to be free")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as again:
            h.wait_for(lambda: again.bind(udp) is None, "the UDP port to be free")
        reload(s, [stays, goes])
        with s.connect("goes") as e:
            e.send(b"fourth\n").receipts(1)
        assert sorted(r.text for r in s.records()) == sorted(
            [b"sent before", b"datagram", b"first", b"second", b"third", b"fourth"])
        s.stop()


def test_one_address_becomes_every_address_and_back():
    port = free_port()
    with h.Sockd([h.tcp(port=port)]) as s:
        for address in ["*", "0.0.0.0", "*", "127.0.0.1"]:
            reload(s, [h.tcp(port=port, address=address)])
            for host in ["127.0.0.1"] + (["::1"] if address == "*" else []):
                with h.Client((host, port)) as c:
                    c.send(b"message\n").receipts(1)
        s.stop()


def test_every_address_that_is_taken_is_named():
    """Also when an existing socket has to release the port first."""
    a, b = free_port(), free_port()
    with h.Sockd([h.tcp(name="a", port=a), h.tcp(name="b", port=b)]) as s, socket.socket() as x, socket.socket() as y:
        for taken, port in ((x, a), (y, b)):
            taken.bind(("127.0.0.2", port))
            taken.listen()
        answer = ask(s, h.config_text([h.tcp(name="a", port=a, address="*"), h.tcp(name="b", port=b, address="*")]))
        assert answer.startswith("cannot reload"), answer
        for name in "ab":
            s.wait_line(f"listener {name}: .*Address already in use")
            with s.connect(name) as c:
                c.send(b"as before\n").receipts(1)
        s.stop()


def test_one_address_becomes_every_address_and_back_for_datagrams():
    port = free_port(kind=socket.SOCK_DGRAM)
    with h.Sockd([h.udp(port=port)]) as s:
        for address in ["*", "0.0.0.0", "*", "127.0.0.1"]:
            reload(s, [h.udp(port=port, address=address)])
            for host in ["127.0.0.1"] + (["::1"] if address == "*" else []):
                with h.Datagrams((host, port)) as c:
                    assert h.RECEIPT.fullmatch(c.ask(b"a message as long as its receipt, or longer"))
        s.stop()


def test_no_datagram_is_lost_while_receipts_wait():
    """The socket that leaves stays open for its receipts, which a slow flush holds up; datagrams go to the other."""
    port = free_port(kind=socket.SOCK_DGRAM)
    with h.Sockd([h.udp(port=port, acknowledge="durable")], **h.delayed("fdatasync")) as s, \
            h.Datagrams(("127.0.0.1", port)) as c:
        c.send(b"first, and long enough for its receipt, as a datagram is")
        h.wait_for(lambda: h.count_lines(s.log) == 1, "the first one")
        reload(s, [h.udp(port=port, acknowledge="durable", address="*")])
        c.send(b"next, and long enough for its receipt, as a datagram is")
        h.wait_for(lambda: h.count_lines(s.log) == 2, "the next one")
        s.release()
        assert h.RECEIPT.fullmatch(c.receive()) and h.RECEIPT.fullmatch(c.receive())
        s.stop()


def test_outputs_come_and_go():
    with h.Sockd() as s, s.connect() as c:
        c.send(b"one\n").receipts(1)
        reload(s, outputs=[h.file(), h.file(path="@DIR@/second.json", format="json")])
        c.send(b"two\n").receipts(1)
        reload(s, outputs=[h.file(path="@DIR@/second.json", format="text")])
        c.send(b"three\n").receipts(1)
        s.wait_line("output .*messages.log: 2 recorded, 0 dropped, 0 failed")
        reload(s, outputs=[h.file()])
        c.send(b"four\n").receipts(1)
        assert [r.text for r in s.records()] == [b"one", b"two", b"four"]
        with open(s.path("second.json"), "rb") as f:
            lines = f.read().splitlines()
        assert b'"message":"two"' in lines[0] and lines[1].endswith(b" three") and len(lines) == 2
        s.stop()


def test_who_waits_for_a_file_changes():
    other = h.file(path="@DIR@/other.log")
    with h.Sockd(outputs=[h.file(), other]) as s, s.connect() as c:
        for i, when_full in enumerate(["drop", "wait", "drop", "wait"]):
            reload(s, outputs=[h.file(when_full=when_full), other])
            c.send(b"%d\n" % i).receipts(1)
            s.wait_records(i + 1)
        assert [r.text for r in s.records()] == [b"0", b"1", b"2", b"3"]
        s.stop()


def test_connections_per_peer_counts_those_there_are():
    with h.Sockd() as s, s.connect() as a, s.connect() as b:
        a.send(b"a\n").receipts(1)
        b.send(b"b\n").receipts(1)
        reload(s, top="limits: { connections_per_peer = 2; };")
        with s.connect() as c:
            assert c.rest() == b"", "a third one"
        b.close()
        reload(s, top="limits: { connections_per_peer = 3; };")
        with s.connect() as c:
            c.send(b"c\n").receipts(1)
        reload(s)
        with s.connect() as c, s.connect() as d, s.connect() as e:
            for x in [c, d, e]:
                x.send(b"x\n").receipts(1)
        s.stop()


def test_connections_limit():
    with h.Sockd(top="limits: { connections = 1; };") as s, s.connect() as a:
        a.send(b"a\n").receipts(1)
        with s.connect() as b:
            b.send(b"b\n")
            reload(s)
            b.receipts(1)
        s.stop()


TAKEN = socket.create_server(("127.0.0.1", 0))
BAD = [
    (h.config_text() + "nonsense = 1;", r"sockd\.conf:\d+: nonsense: "),
    ("listeners = (", r"sockd\.conf:\d+: "),
    (h.config_text([h.tcp(port=70000)]), r"sockd\.conf:\d+: listeners\[0\]\.port: "),
    (h.config_text([h.tcp(), h.tcp(name="taken", port=TAKEN.getsockname()[1])]),
     "listener taken: cannot listen on 127.0.0.1:"),
    (h.config_text(outputs=[h.file(), h.file(path="/nonexistent/x.log")]), "output /nonexistent/x.log: cannot open it"),
]


def test_no_thread_for_it():
    """The reason is that, not what was wrong with the file of the reload before."""
    with h.Sockd() as s:
        assert "nonsense" in ask(s, BAD[0][0])
        with h.traced([str(s.pid)], "--inject=clone,clone3:error=EAGAIN"):
            assert ask(s, h.config_text()) == ("cannot reload: Resource temporarily unavailable; "
                                               "the current settings stay in force")
        reload(s)
        s.stop()


def test_what_is_wrong_changes_nothing():
    with h.Sockd() as s, s.connect() as c:
        for text, reason in BAD:
            answer = ask(s, text)
            assert answer.startswith("cannot reload: "), answer
            assert re.search(reason, answer), (answer, reason)
            c.send(b"still here\n").receipts(1)
            with s.connect() as d:
                d.send(b"and for others\n").receipts(1)
        os.unlink(s.config)
        s.signal(signal.SIGHUP)
        s.wait_line(r"cannot reload: .*sockd\.conf: No such file or directory")
        reload(s)
        assert len(s.records()) == 2 * len(BAD)
        s.stop()


def test_output_that_failed_goes():
    """Senders that were held back because of it are read again."""
    with h.Sockd([h.tcp(reply="")], [h.file(path="@DIR@/missing/messages.log")]) as s, s.connect() as c:
        c.send(b"one\n")
        s.wait_line("its messages are not stored")
        with s.connect() as d:
            d.send(b"two\n" * 100)
            reload(s, [h.tcp(reply="")])
            c.send(b"three\n")
            h.wait_for(lambda: os.path.exists(s.log) and b"three" in [r.text for r in s.records()], "the held message")
        s.stop()


def test_account_of_a_listener_that_is_gone():
    a, b = h.tcp(name="a"), h.tcp(name="b")
    with h.Sockd([a, b]) as s:
        for _ in range(2):
            with s.connect("a") as c:
                c.send(b"x\n").receipts(1)
        s.told()
        reload(s, [b])
        with s.connect("b") as c:
            c.send(b"x\n").receipts(1)
        reload(s, [b])  # what is gone is freed
        status = s.wait_told(h.STATUS)
        assert status.groups() == ("3", "3", "0", "0", "0"), status
        s.stop()
        assert s.counters()["a"].recorded == 2 and s.counters()["b"].recorded == 1


def test_listener_that_moves():
    """It stays the same one: its counters go on, whatever of its address changes."""
    port = free_port()
    with h.Sockd([h.tcp(port=port)]) as s:
        for n, (host, port) in enumerate([("127.0.0.1", port), ("*", port), ("127.0.0.1", free_port())]):
            if n > 0:
                reload(s, [h.tcp(port=port, address=host)])
            with h.Client(("127.0.0.1", port)) as c:
                c.send(b"x\n").receipts(1)
        s.stop()
        assert s.counters()["tcp"].recorded == 3, s.counters()
        assert s.stderr.count("received,") == 1, s.stderr


def test_two_listeners_become_one():
    port = free_port()
    two = [h.tcp(port=port, address="0.0.0.0"), h.tcp(name="six", port=port, address="::1")]
    with h.Sockd(two) as s, h.Client(("127.0.0.1", port)) as c:
        c.send(b"x\n").receipts(1)
        reload(s, [h.tcp(port=port, address="*")])
        c.send(b"x\n").receipts(1)
        for host in ["127.0.0.1", "::1"]:
            with h.Client((host, port)) as d:
                d.send(b"x\n").receipts(1)
        s.stop()


def test_narrower_address_that_is_refused():
    """No client is directed to a socket that is then closed again."""
    port = free_port()
    with h.Sockd([h.tcp(port=port, address="*")]) as s:
        os.mkdir(s.path("directory"))
        stop, trouble = threading.Event(), []

        def clients():
            while not stop.is_set():
                try:
                    with h.Client(("127.0.0.1", port)) as c:
                        c.send(b"x\n").receipts(1)
                except OSError as error:
                    trouble.append(error)

        threads = [threading.Thread(target=clients) for _ in range(2)]
        for t in threads:
            t.start()
        bad = h.config_text([h.tcp(port=port)], [h.file(), h.file(path="@DIR@/directory")])
        for _ in range(30):
            assert "is a directory" in ask(s, bad).lower()
        stop.set()
        for t in threads:
            t.join()
        assert not trouble, trouble
        s.stop()


def test_under_load():
    """Four clients send without a pause while outputs and settings change; every message gets its receipt and appears
    in the file that all configs have."""
    configs = [dict(), dict(listeners=[h.tcp(reply="ok %i %l\n", acknowledge="written"), h.udp()]),
               dict(outputs=[h.file(), h.file(path="@DIR@/b.log", format="json"), h.journal()]),
               dict(top="limits: { memory = 8388608; message_size = 100; };"),
               dict(outputs=[h.file(), h.file(path="@DIR@/c.log", when_full="drop")])]
    with h.Sockd(top="workers = 3;") as s:
        ids, stop = [[] for _ in range(4)], threading.Event()

        def load(mine):
            with s.connect() as c:
                while not stop.is_set():
                    mine += c.send(b"message\n" * 50).receipts(50)

        threads = [threading.Thread(target=load, args=[mine]) for mine in ids]
        for t in threads:
            t.start()
        for i in range(20):
            reload(s, **configs[i % len(configs)])
            have = [len(mine) for mine in ids]
            h.wait_for(lambda: all(len(m) > n for m, n in zip(ids, have)) or stop.is_set(), "messages to go on")
        stop.set()
        for t in threads:
            t.join()
        s.stop()
        assert sorted(r.id for r in s.records()) == sorted(sum(ids, []))


if __name__ == "__main__":
    h.main()
