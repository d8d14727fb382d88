#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A file output whose directory does not exist: sockd warns and names it, runs, and answers
"error"; as soon as the directory exists it records again, without a restart."""

import os

import harness as h


def test_recovery():
    path = "@DIR@/later/messages.log"
    with h.Sockd(outputs=[h.file(path=path)]) as s, s.connect() as c:
        real = s.path("later/messages.log")
        assert s.wait_line(r"later/messages\.log.*No such file")
        error = h.ERROR.fullmatch(c.send(b"lost\n").line())
        assert error and error.group(2) == b"No such file or directory", error
        os.mkdir(s.path("later"))

        def recorded():
            return h.RECEIPT.fullmatch(c.send(b"again\n").line())
        receipt = h.wait_for(recorded, "a receipt after the directory was made")
        assert s.records(real)[-1].id == receipt.group(1)
        assert all(bytes(r) == b"again" for r in s.records(real))
        assert os.stat(real).st_mode & 0o777 == 0o640
        s.stop()
        assert s.counters()["tcp"].recorded == len(s.records(real))
        assert s.counters()["tcp"].failed >= 1


def test_udp_gets_an_error_too():
    with h.Sockd([h.udp()], [h.file(path="@DIR@/no/messages.log")]) as s, s.datagrams() as c:
        # Whole, or one word.
        assert c.ask(b"a datagram of some length") == b"error"
        assert c.ask(b"x" * 200).endswith(b"not stored: No such file or directory\n")
        s.stop()
        assert s.counters()["udp"].failed == 2


def test_an_output_that_drops_takes_no_part():
    outputs = [h.file(), h.file(path="@DIR@/no/messages.log", when_full="drop")]
    with h.Sockd(outputs=outputs) as s, s.connect() as c:
        c.send(b"message\n" * 10).receipts(10)
        s.stop()
        account = s.outputs()[s.path("no/messages.log")]
        assert account.recorded == 0 and account.dropped + account.failed == 10, account


if __name__ == "__main__":
    h.main()
