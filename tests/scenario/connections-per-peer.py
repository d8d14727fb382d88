#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""limits.connections_per_peer is 2; the third connection from one address is closed at once, one
log line names the peer, other addresses are served, and a closed stream frees its place."""

import harness as h


def test_third_is_closed():
    with h.Sockd(top="limits = { connections_per_peer = 2; };") as s:
        with s.connect() as a, s.connect() as b:
            a.send(b"a\n").receipts(1)
            b.send(b"b\n").receipts(1)
            for _ in range(5):
                with s.connect() as third:
                    try:
                        assert third.rest() == b""
                    except ConnectionResetError:
                        pass
            with h.Client(s.address(), source=("127.0.0.9", 0)) as other:
                other.send(b"another address\n").receipts(1)
            assert s.wait_line(r"127\.0\.0\.1.*connections_per_peer")
        said = [line for line in s.stderr.split("\n") if "connections_per_peer" in line]
        assert len(said) == 1, said

        def served():
            with s.connect() as c:
                try:
                    return h.RECEIPT.fullmatch(c.send(b"place again\n").line())
                except OSError:
                    return None
        h.wait_for(served, "a place")
        s.stop()


if __name__ == "__main__":
    h.main()
