#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The file output "-" writes records to standard output; the receipts say "written". If the reader
goes away or there was none, the output fails: clients get "error", and sockd keeps running. If a
write hangs, sockd stops once it returns."""

import os

import harness as h

OUTPUT = [h.settings(type="file", path="-")]


def test_records():
    read, write = os.pipe()
    with h.Sockd(outputs=OUTPUT, stdout=write) as s, s.connect() as c:
        os.close(write)
        receipt = c.send(b"hello\n").line()
        assert h.RECEIPT.fullmatch(receipt).group(2) == b"written"
        with os.fdopen(read, "rb") as f:
            found = h.record(f.readline().rstrip(b"\n"))
            assert bytes(found) == b"hello" and found.id == h.receipt_id(receipt)
            s.stop()
            assert f.read() == b""


def test_reader_goes_away():
    read, write = os.pipe()
    with h.Sockd(outputs=OUTPUT, stdout=write) as s, s.connect() as c:
        os.close(write)
        c.send(b"hello\n").receipts(1)
        os.close(read)
        assert c.send(b"nobody reads\n").line().startswith(b"error ")
        s.stop()


def test_closed():
    """Nothing that sockd opens takes its place."""
    with h.Sockd(outputs=OUTPUT, prefix=("sh", "-c", 'exec "$@" >&- <&-', "sh")) as s, s.connect() as c:
        error = h.ERROR.fullmatch(c.send(b"hello\n").line())
        assert error.group(2) == b"Bad file descriptor", error
        s.stop()


def test_full_device():
    with open("/dev/full", "wb") as full, h.Sockd(outputs=OUTPUT, stdout=full) as s, s.connect() as c:
        error = h.ERROR.fullmatch(c.send(b"hello\n").line())
        assert error.group(2) == b"No space left on device"
        s.stop()


def test_slow_reader_holds_senders_back():
    """A pipe that is not read for a while: no receipt until it is read, then all of them."""
    read, write = os.pipe()
    with h.Sockd([h.tcp(), h.tcp(name="other", acknowledge="received")], OUTPUT, stdout=write) as s, s.connect() as c:
        os.close(write)
        n = 20000
        c.send(b"message\n" * n).finish()
        with os.fdopen(read, "rb") as f:
            lines = [f.readline() for _ in range(n)]
            assert len(h.ids_of(c.rest())) == n
            assert len({line.split(b" ")[3] for line in lines}) == n
            s.stop()


def is_asleep(s):
    with open(f"/proc/{s.pid}/stat", encoding="ascii") as f:
        return f.read().rpartition(")")[2].split()[0] == "S"


def test_stopped_while_a_write_hangs():
    """What has not been written within a second is given up, but not freed while the thread that writes uses it."""
    drops = [h.settings(type="file", path="-", when_full="drop")]
    with h.tempfile.NamedTemporaryFile() as out, \
            h.Sockd(outputs=drops, stdout=out, **h.delayed("write", path=out.name)) as s, s.connect() as c:
        c.send(b"hello\n").receipts(1)
        s.signal(h.signal.SIGTERM)
        c.finish()
        s.wait_line("^output -: ")
        h.wait_for(lambda: is_asleep(s), "the main thread to wait for the other one")
        s.release()
        assert s.wait_exit() == 0
        out.seek(0)
        assert out.read().endswith(b" hello\n")


if __name__ == "__main__":
    h.main()
