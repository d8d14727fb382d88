#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A TCP client sends a line and unterminated data, then shuts down writing: the unterminated data
is a message, also after a newline was seen. A connection that closes without a byte is not a
message."""

import harness as h


def test_rest_is_a_message():
    with h.Sockd() as s:
        for sent, expected in [(b"line\nrest", [b"line", b"rest"]), (b"rest\r", [b"rest\r"]),
                               (b"line\n", [b"line"]), (b"\n\n", [b"", b""])]:
            with s.connect() as c:
                before = len(s.records())
                ids = h.ids_of(c.send(sent).finish().rest())
                found = s.records()[before:]
                assert [bytes(r) for r in found] == expected, sent
                assert [r.id for r in found] == ids
        s.stop()


def test_nothing_sent():
    with h.Sockd() as s:
        with s.connect() as c:
            name = c.name.decode()
            assert c.finish().rest() == b""
        s.stop()
        assert s.counters()["tcp"].received == 0
        assert name not in s.stderr


if __name__ == "__main__":
    h.main()
