#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A path, a config file and a peer contain hostile bytes: no command, in any format, prints a
control byte or invalid UTF-8; JSON remains valid JSON, and each metric remains one line."""

import json
import os

import bus
import harness as h

HOSTILE = "e\x1b[31mvil\x07\"\\ {x=\"1\"} 10\u202e\u2028"
COMMANDS = ("status", "listeners", "connections", "outputs", "peers")


def assert_harmless(data):
    text = data.decode()
    for ch in text:
        assert ch.isprintable() or ch == "\n", (ch, text)


def config(directory):
    path = os.path.join(directory, HOSTILE)
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'listeners = ( {h.tcp()} );\noutputs = ( {{ type = "file"; path = "{escaped}"; }} );\n', path


def test_names():
    with bus.Bus() as b, h.tempfile.TemporaryDirectory() as d:
        text, path = config(d)
        with h.Sockd(text=text, directory=d, env=b.env) as s, s.connect() as c:
            c.send(b"\x1b]0;owned\x07\xff\n").receipts(1)
            b.wait_owned()
            for command in COMMANDS:
                for mode in ("off", "short", "pretty"):
                    r = b.sockctl(command, f"--json={mode}")
                    assert r.code == 0, (command, r)
                    assert_harmless(r.out)
                    if mode != "off":
                        json.loads(r.out)
            name = b.rows("outputs")[0]["output"]
            assert h.unescape(name.encode()) == path.encode(), name
            r = b.sockctl("metrics")
            assert_harmless(r.out)
            lines = [x for x in r.out.decode().splitlines() if x.startswith("sockd_output_recorded_total")]
            label = name.replace("\\", "\\\\").replace('"', '\\"')
            assert lines == [f'sockd_output_recorded_total{{output="{label}",type="file"}} 1'], lines
            h.put_in_the_way(path)
            r = b.sockctl("reopen")
            assert r.code == 1, r
            assert_harmless(r.err.encode())
            os.unlink(path)
            s.stop()


def test_errors_of_a_hostile_file():
    with bus.Bus() as b, h.Sockd(env=b.env) as s:
        b.wait_owned()
        with open(s.config, "wb") as f:
            f.write(b'listeners = ( { protocol = "\x1b[31m\xff\xfe"; evil\x07 = 1; } );\noutputs = ();\n')
        r = b.sockctl("reload")
        assert r.code == 1 and r.err, r
        assert_harmless(r.err.encode())
        with open(s.config, "wb") as f:
            f.write(b'listeners = ( { protocol = "\\x1b[31m\\xff"; name = "\\x1b[2J"; } );\n'
                    b'outputs = ( { type = "\\x9b"; } );\n')
        r = b.sockctl("reload")
        assert r.code == 1 and r.err, r
        assert_harmless(r.err.encode())
        for mode in ("off", "short"):
            r = b.sockctl("status", f"--json={mode}")
            assert r.code == 0, r
            assert_harmless(r.out)
        s.stop()


if __name__ == "__main__":
    h.main()
