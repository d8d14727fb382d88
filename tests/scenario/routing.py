#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each listener sends to the outputs that it names. What is slow, stuck or fails there holds back and fails its own
messages only; a reload that changes the routes loses, repeats and swaps nothing."""

import fcntl
import os
import threading

import harness as h

MANY = 200
# Four times what the buffers of an output hold.
FLOOD = 4 * 1024 * 1024
# The receipt of a datagram is not longer than that.
LONG = b"d" * 60
SMALL = "limits = { memory = 4194304; }; workers = 1;"


def outputs(*names):
    return [h.file(name=n, path=f"@DIR@/{n}.log") for n in names]


def to(name, *names, make=h.tcp, **keys):
    return make(name=name, outputs=list(names), **keys)


def texts(s, name):
    return [r.text for r in h.records(s.path(f"{name}.log"))]


def test_each_to_its_own():
    listeners = [to("a", "one"), to("b", "two"), to("c", "one", "two"), h.tcp(name="all"),
                 to("d", "two", make=h.udp, reply="ok %i %l\n", acknowledge="durable")]
    with h.Sockd(listeners, outputs("one", "two", "three")) as s:
        for name in "abc":
            with s.connect(name) as c:
                c.send(name.encode() + b"\n").receipts(1)
        with s.connect("all") as c:
            c.send(b"all\n").receipts(1)
        with s.datagrams("d") as d:
            assert b" durable" in d.ask(LONG), "flushed before it is answered"
        assert sorted(texts(s, "one")) == [b"a", b"all", b"c"]
        assert sorted(texts(s, "two")) == [b"all", b"b", b"c", LONG]
        assert texts(s, "three") == [b"all"]
        s.stop()
        assert [s.outputs()[s.path(f"{n}.log")].recorded for n in ("one", "two", "three")] == [3, 4, 1]


def test_level_follows_the_set():
    """Without a file among its outputs, nothing becomes durable."""
    both = [h.file(name="screen", path="-"), *outputs("disk")]
    with h.Sockd([to("a", "screen"), to("b", "disk")], both) as s:
        for name, level in (("a", b"written"), ("b", b"durable")):
            with s.connect(name) as c:
                assert c.send(b"x\n").line().split()[2] == level
        s.stop()


def test_nobody_sends_to_it():
    with h.Sockd([to("a", "one")], outputs("one", "two")) as s:
        s.wait_line("output two: no listener sends to it")
        s.stop()


def round_trips(s, name, n):
    with s.connect(name) as c:
        for i in range(n):
            c.send(b"%s %d\n" % (name.encode(), i)).receipts(1)


def check_stuck(call):
    listeners = [to("slow", "one"), to("mute", "one", reply=""), to("datagrams", "one", make=h.udp),
                 to("both", "one", "two"), to("fast", "two"), to("beside", "two", make=h.udp, reply="ok %i %l\n")]
    with h.tempfile.TemporaryDirectory(prefix="sockd-test-") as d:
        slow = os.path.join(d, "one.log")
        with h.Sockd(listeners, [h.file(name="one", path=slow), *outputs("two")], top=SMALL,
                     **h.delayed(call, path=slow)) as s:
            sent = {}

            def send(name):
                lines = b"".join(b"%d %s\n" % (i, b"x" * 1000) for i in range(FLOOD // 1000))
                sent[name] = len(lines.splitlines())
                with s.connect(name) as c:
                    reader = threading.Thread(target=c.send, args=(lines,))
                    reader.start()
                    if name != "mute":
                        c.receipts(sent[name])
                    reader.join()
                    c.finish().rest()

            floods = [threading.Thread(target=send, args=(name,)) for name in ("slow", "mute")]
            for t in floods:
                t.start()
            with s.datagrams("datagrams") as d, s.connect("both") as c:
                for i in range(1000):
                    d.send(b"%d" % i)
                c.send(b"waits for one\n")
                round_trips(s, "fast", MANY)
                with s.datagrams("beside") as beside:
                    for i in range(MANY):
                        beside.ask(LONG)
                assert c.silent(), "its receipt waits for what is stuck"
                s.release()
                c.receipts(1)
            for t in floods:
                t.join()
            s.stop()
            counters = s.counters()
            assert all(c.received == c.recorded and c.failed == c.waiting == 0 for c in counters.values()), counters
            assert {n: counters[n].recorded for n in sent} == sent
            assert s.outputs()[slow].recorded == sum(counters[n].recorded
                                                     for n in ("slow", "mute", "datagrams", "both"))
            ids = [r.id for path in (slow, s.path("two.log")) for r in h.records(path)]
            assert len(ids) == len(set(ids)) + 1, "one message went to both"


def test_stuck_write():
    check_stuck("write:when=1")


def test_stuck_flush():
    check_stuck("fdatasync:when=1")


def test_failing():
    """One file cannot be opened any more: its listeners are told so or held back, others notice nothing."""
    listeners = [to("bad", "one"), to("mute", "one", reply=""), to("good", "two"), to("quiet", "two", reply="")]
    with h.Sockd(listeners, outputs("one", "two")) as s:
        round_trips(s, "bad", 1)
        h.put_in_the_way(s.path("one.log"))
        s.wait_line("output .*one.log: .*its messages are not stored")
        with s.connect("bad") as c, s.connect("mute") as mute, s.connect("quiet") as quiet:
            assert c.send(b"x\n").line().startswith(b"error ")
            mute.send(b"later\n")
            quiet.send(b"now\n")
            round_trips(s, "good", 10)
            h.wait_for(lambda: b"now" in texts(s, "two"), "the message without a receipt")
            assert s.unread(mute) > 0, "it would be lost"
            os.unlink(s.path("one.log"))
            h.wait_for(lambda: os.path.exists(s.path("one.log")) and b"later" in texts(s, "one"), "what was held back")
        s.stop()
        c = s.counters()
        assert (c["bad"].failed, c["mute"].failed, c["good"].failed, c["quiet"].failed) == (1, 0, 0, 0), c


def test_reload_beside_what_is_stuck():
    """Whatever a reload does with the listener of an output that is stuck: the others go on."""
    both = [h.file(name="one", path="-"), *outputs("two", "three")]
    stuck, fast, third = to("stuck", "one"), to("fast", "two"), to("third", "three")
    changes = [([fast, third, stuck], both), ([fast, third], both), ([to("stuck", "two"), fast, third], both),
               ([third, fast], both[1:])]
    for listeners, kept in changes:
        reader, writer = os.pipe()
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        with h.Sockd([stuck, fast, third], both, top="workers = 1;", stdout=writer) as s:
            with s.connect("stuck") as full, s.connect("fast") as before:
                full.send(b"%s\n" % (b"x" * 1000) * 100)
                h.wait_for(lambda: s.has_read_all(full), "what fills the pipe")
                before.send(b"before\n").receipts(1)
                s.reload(listeners, kept, top="workers = 1;")
                before.send(b"after\n").receipts(1)
                round_trips(s, "fast", 10)
                round_trips(s, "third", 10)
                drain = threading.Thread(target=read_all, args=(reader,))
                drain.start()
                if stuck in listeners:
                    full.receipts(100)
            s.stop()
        os.close(writer)
        drain.join()
        os.close(reader)


def read_all(fd):
    while os.read(fd, 65536):
        pass


def test_reload():
    """Routes come and go under load: each receipt in its place, each record once for each output of its route."""
    routes = [("one",), ("two",), ("one", "two"), ("three",), ("one", "two", "three")]
    with h.Sockd([to("a", "one"), to("b", "one")], outputs("one", "two", "three")) as s:
        got, stop = {"a": [], "b": []}, threading.Event()

        def client(name):
            with s.connect(name) as c:
                i = 0
                while not stop.is_set():
                    c.send(b"".join(b"%s %d\n" % (name.encode(), i + j) for j in range(20)))
                    got[name] += c.receipts(20)
                    i += 20

        clients = [threading.Thread(target=client, args=(name,)) for name in got]
        for t in clients:
            t.start()
        for i in range(3 * len(routes)):
            before = {name: len(ids) for name, ids in got.items()}
            s.reload([to("a", *routes[i % len(routes)]), to("b", *routes[(i * 2 + 1) % len(routes)])],
                     outputs("one", "two", "three"))
            h.wait_for(lambda b=before: all(len(got[name]) > b[name] for name in got), "messages between reloads")
        stop.set()
        for t in clients:
            t.join()
        s.stop()
        records = [h.records(s.path(f"{n}.log")) for n in ("one", "two", "three")]
        text = {r.id: r.text for file in records for r in file}
        assert all(len({r.id for r in file}) == len(file) for file in records)
        for name, ids in got.items():
            assert [text[i] for i in ids] == [b"%s %d" % (name.encode(), i) for i in range(len(ids))], name


if __name__ == "__main__":
    h.main()
