#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Config files with mistakes: all mistakes are reported at once, each as FILE:LINE: KEY: what is
wrong; sockd exits with 78 and has opened nothing. A missing file is reported without a line
number."""

import os
import re
import tempfile

import harness as h

GOOD = h.config_text()


def errors(text, args=()):
    code, out, err = h.run_sockd(*args, text=text)
    assert code == 78 and out == "", (code, out, err)
    lines = err.rstrip("\n").split("\n")
    for line in lines:
        assert re.match(r"/\S+/sockd\.conf:\d+: \S+: .", line), line
    return lines


def test_all_errors_at_once():
    text = """listeners = (
  { name = "a"; protocol = "tcp"; port = 70000; },
  { name = "a"; protocol = "udp"; framing = "line"; reply = "no"; },
  { protocol = "tcp"; adress = "127.0.0.1"; }
);
outputs = ( { type = "file"; path = "relative"; } );
limits = { message_size = 0; };
workers = "many";
"""
    lines = errors(text)
    found = {int(re.search(r":(\d+):", line).group(1)) for line in lines}
    assert found == {2, 3, 4, 6, 7, 8}, lines
    assert any("did you mean" in line and "address" in line for line in lines), lines
    assert any("duplicate" in line or "already" in line or "same" in line for line in lines), lines


FRAMINGS = [
    # keys of a listener, the key that is wrong, what is said about it
    ('framing = "delimiter";', "delimiter", "missing"),
    ('framing = "delimiter"; delimiter = "";', "delimiter", "must have 1 to 8 bytes"),
    ('framing = "delimiter"; delimiter = "123456789";', "delimiter", "must have 1 to 8 bytes"),
    ('framing = "delimiter"; delimiter = "b"; start = "abc";', "start", "contains the delimiter"),
    ('framing = "delimiter"; delimiter = "b"; start = "123456789";', "start", "must have up to 8 bytes"),
    ('framing = "length"; length_size = 3;', "length_size", "must be 1, 2 or 4, not 3"),
    ('framing = "length"; length_order = "middle";', "length_order", "big"),
    ('framing = "line"; delimiter = "x";', "delimiter", 'only for framing "delimiter"'),
    ('framing = "length"; start = "x";', "start", 'only for framing "delimiter"'),
    ('framing = "syslog"; length_size = 2;', "length_size", 'only for framing "length"'),
]


def test_framings():
    for keys, key, wrong in FRAMINGS:
        (line,) = errors('listeners = (\n { protocol = "tcp";\n' + keys + ' } );\n'
                         'outputs = ( { type = "journal"; } );\n')
        assert re.search(rf":[23]: \S*{key}: .*{re.escape(wrong)}", line), line


def test_groups_and_interfaces():
    bad = [h.tcp(address="239.1.1.1"), h.udp(groups=["239.1.1.1"]), h.udp(address="ff02::1"),
           h.udp(address="*", groups=["239.1.1.1", "10.0.0.1"]),
           h.udp(address="*", groups=[f"239.1.1.{i}" for i in range(65)]),
           h.tcp(address="*", groups=["239.1.1.1"]), h.tcp(interface="longer-than-most"), h.tcp(address="fe80::1%")]
    for listener in bad:
        (line,) = errors(h.config_text(["\n" + listener]))
        assert ":2: listeners[0]." in line, line


def test_syntax():
    code, _, err = h.run_sockd(text="listeners = (\n  { protocol = ; }\n);\n" + GOOD)
    (line,) = err.splitlines()
    assert code == 78 and re.match(r"/\S+/sockd\.conf:2: syntax error", line), line


def test_lists_must_be_there():
    assert errors("workers = 1;\n")
    assert errors("listeners = ();\noutputs = ();\n")


def test_wrapped_integer():
    assert any("memory" in line for line in errors(GOOD + "limits = { memory = 4294967296; };\n"))


def test_durable_needs_a_file():
    text = h.config_text([h.tcp(acknowledge="durable")], [h.settings(type="file", path="-")])
    assert any("acknowledge" in line for line in errors(text))


def test_world_writable():
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "sockd.conf")
        with open(path, "w", encoding="utf-8") as f:
            f.write(GOOD.replace("@DIR@", d))
        os.chmod(path, 0o666)
        code, _, err = h.run_sockd("--config", path)
        assert code == 78 and path in err, err
        os.chmod(path, 0o644)
        code, _, err = h.run_sockd("--check", "--config", path)
        assert code == 0 and err == "", err


def test_missing():
    code, _, err = h.run_sockd("--config", "/nonexistent/sockd.conf")
    assert code == 78 and "/nonexistent/sockd.conf: " in err, err
    assert not re.search(r"sockd\.conf:\d", err), err


def test_nothing_is_started():
    with h.Sockd([h.tcp(), h.udp(reply="wrong")], wait=False) as s:
        assert s.wait_exit() == 78
        assert not s.bound() and not os.path.exists(s.log)


if __name__ == "__main__":
    h.main()
