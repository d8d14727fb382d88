#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Four workers; many TCP clients send numbered messages at once, over several listeners, while UDP
clients do too. The ID of every receipt is in the file exactly once, in the order of the client, and
the counters add up."""

import threading

import harness as h


def run(s, name, number, n, ids, problems):
    try:
        with s.connect(name) as c:
            mine = []
            for i in range(0, n, 100):
                c.send(b"".join(b"%d %d\n" % (number, i + k) for k in range(100)))
                mine += c.receipts(100)
            ids[number] = mine
    except BaseException as e:  # pylint: disable=broad-except
        problems.append(e)


def numbered(clients, n):
    with h.Sockd([h.tcp(name="a"), h.tcp(name="b", address="*"), h.udp(reply="")], top="workers = 4;") as s:
        ids, problems = {}, []
        threads = [threading.Thread(target=run, args=(s, "ab"[i % 2], i, n, ids, problems)) for i in range(clients)]
        for t in threads:
            t.start()
        with s.datagrams() as d:
            for i in range(200):
                d.send(b"datagram %d" % i)
        for t in threads:
            t.join()
        assert not problems, problems
        s.wait_records(clients * n + 200)
        s.stop()
        found = s.records()
        assert len({r.id for r in found}) == len(found) == clients * n + 200
        by_client = {}
        for r in found:
            if r.listener != b"udp":
                number, _, i = r.text.partition(b" ")
                by_client.setdefault(int(number), []).append((int(i), r.id))
        for number in range(clients):
            assert by_client[number] == list(enumerate(ids[number])), number
        datagrams = [r.text for r in found if r.listener == b"udp"]
        assert datagrams == [b"datagram %d" % i for i in range(200)]
        counters = s.counters()
        assert counters["a"].recorded + counters["b"].recorded == clients * n
        assert counters["udp"].recorded == 200


def test_numbered_messages():
    numbered(50, 400 if h.SANITIZED else 2000)


def test_many_short_connections():
    clients = 200 if h.SANITIZED else 1000
    with h.Sockd(top="workers = 4;") as s:
        for i in range(0, clients, 50):
            batch = [s.connect() for _ in range(50)]
            for k, c in enumerate(batch):
                c.send(b"%d" % (i + k)).finish()
            for c in batch:
                assert len(h.ids_of(c.rest())) == 1
                c.close()
        assert sorted(int(bytes(r)) for r in s.records()) == list(range(clients))
        s.stop()


def test_stop_while_clients_connect():
    """Streams that are handed over while the service stops do not hold it up."""
    for _ in range(3):
        with h.Sockd(top="workers = 4;") as s:
            clients, stop = [], threading.Event()

            def storm():
                while not stop.is_set():
                    try:
                        clients.append(s.connect())
                        clients[-1].send(b"hello\n")
                    except OSError:
                        break

            threads = [threading.Thread(target=storm) for _ in range(6)]
            for t in threads:
                t.start()
            h.wait_for(lambda: len(clients) > 200, "clients")
            s.signal(h.signal.SIGTERM)
            code = s.wait_exit()
            stop.set()
            for t in threads:
                t.join()
            for c in clients:
                c.close()
            assert code == 0, s.stderr


if __name__ == "__main__":
    h.main()
