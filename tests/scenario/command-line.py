#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""sockd's options: --check and --print-config, --version and --help, and wrong usage."""

import os
import tempfile

import harness as h


def test_check():
    assert h.run_sockd("--check", text=h.config_text()) == (0, "", "")
    assert h.run_sockd("-t", text=h.config_text()) == (0, "", "")


def test_check_opens_nothing():
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "messages.log")
        assert h.run_sockd("--check", text=h.config_text(outputs=[h.file(path=path)]))[0] == 0
        assert not os.path.exists(path)


def test_printed_config_is_a_config():
    text = h.config_text([h.tcp(), h.udp(name="u", address="*", acknowledge="received")],
                         [h.file(), h.journal()], "limits = { idle_timeout = 2.5; memory = 8589934592L; };")
    code, printed, err = h.run_sockd("--print-config", text=text)
    assert code == 0 and err == "", err
    assert "idle_timeout" in printed and "message_size" in printed and "65536" in printed
    assert h.run_sockd("-T", text=printed) == (0, printed, "")


def test_version():
    for option in ["--version", "-V"]:
        code, out, _ = h.run_sockd(option)
        assert code == 0 and out.split("\n")[0].startswith("sockd "), out


def test_help_fits_a_screen():
    for option in ["--help", "-h"]:
        code, out, _ = h.run_sockd(option)
        lines = out.rstrip("\n").split("\n")
        assert code == 0 and len(lines) <= 24 and max(map(len, lines)) <= 80, (len(lines), max(map(len, lines)))
        for word in ["--config", "--check", "--print-config", "--verbose", "--version"]:
            assert word in out, word


def test_wrong_usage():
    for args in [["--nonsense"], ["argument"], ["--config"]]:
        code, out, err = h.run_sockd(*args)
        assert code == 2 and out == "" and err, (args, code, out, err)


def test_print_to_a_full_disk():
    with open("/dev/full", "wb") as full, tempfile.NamedTemporaryFile("w", suffix=".conf") as f:
        f.write(h.config_text().replace("@DIR@", "/tmp"))
        f.flush()
        done = h.subprocess.run([h.SOCKD, "-T", "-c", f.name], stdout=full, check=False)
        assert done.returncode == 1


if __name__ == "__main__":
    h.main()
