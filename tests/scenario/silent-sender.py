#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An operator watches senders with the examples: the script of the timer mails each change once, and
the rules for Prometheus name metrics that exist."""

import os
import re
import subprocess

import bus
import harness as h

SCRIPT = os.path.join(h.SRCDIR, "systemd/sockd-silent")
RULES = os.path.join(h.SRCDIR, "systemd/sockd-alerts.yml")
# Seen before the restart, one for a second in 2023, one not long before the year 2000.
PEERS = ("sockd peers 1\n192.0.2.7 5 5 0 1 1700000000000000 1700000001000000\n"
         "2001:db8::7 1 1 0 0 946684000000000 946684000000000\n")


class Watch:
    """The script, in a directory with a sendmail that keeps the mail."""

    def __init__(self, directory, b):
        self.mail = os.path.join(directory, "mail")
        self.state = os.path.join(directory, "told")
        os.mkdir(self.state)
        self.sendmail = os.path.join(directory, "sendmail")
        self.mend()
        os.symlink(os.path.abspath(h.SOCKCTL), os.path.join(directory, "sockctl"))
        self.env = {**os.environ, **b.env, "PATH": directory + ":" + os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC",
                    "STATE_DIRECTORY": self.state, "MAILTO": "ops@example.org", "LIMIT": "86400"}

    def mend(self, text='test "$1" = -t && cat >"$(dirname "$0")/mail"'):
        with open(self.sendmail, "w", encoding="ascii") as f:
            f.write(f"#!/bin/sh\n{text}\n")
        os.chmod(self.sendmail, 0o755)

    def run(self, *senders, code=0):
        """The body of the mail it sends; None if it sends none."""
        done = subprocess.run([SCRIPT], env={**self.env, "SENDERS": " ".join(senders)}, capture_output=True,
                              text=True, check=False, timeout=h.DEADLINE)
        assert done.returncode == code, done
        if not os.path.exists(self.mail):
            return None
        with open(self.mail, encoding="ascii") as f:
            head, _, body = f.read().partition("\n\n")
        os.unlink(self.mail)
        assert re.fullmatch(r"To: ops@example\.org\nSubject: sockd on \S+: silent senders", head), head
        return body


def test_mail():
    with bus.Bus() as b, h.tempfile.TemporaryDirectory(prefix="sockd-test-") as d:
        watch = Watch(d, b)
        with open(os.path.join(d, "peers"), "w", encoding="ascii") as f:
            f.write(PEERS)
        with h.Sockd(env={**b.env, "STATE_DIRECTORY": d}, directory=d) as s, s.connect() as c:
            c.send(b"here\n").receipts(1)
            b.wait_owned()
            assert watch.run("127.0.0.1") is None, "nobody is silent"
            everybody = ("127.0.0.1", "192.0.2.7", "192.0.2.70", "2001:db8::7")
            watch.mend("exit 75")
            assert watch.run(*everybody, code=75) is None
            watch.mend()
            assert watch.run(*everybody) == ("192.0.2.7 has been silent since Tue Nov 14 22:13:21 UTC 2023.\n"
                                             "192.0.2.70 has never sent anything.\n"
                                             "2001:db8::7 has been silent since Fri Dec 31 23:46:40 UTC 1999.\n")
            assert watch.run(*everybody) is None, "a second mail about the same"
            assert watch.run("127.0.0.1") == "All senders are heard again.\n"
            assert watch.run("127.0.0.1") is None
            s.stop()
        assert re.fullmatch(r"sockctl: .*\n", watch.run("127.0.0.1")), "what sockctl says"
        assert watch.run("127.0.0.1") is None


def test_rules():
    with open(RULES, encoding="utf-8") as f:
        wanted = set(re.findall(r"\bsockd_\w+", f.read()))
    with bus.Bus() as b, h.Sockd(env=b.env) as s, s.connect() as c:
        c.send(b"here\n").receipts(1)
        b.wait_owned()
        found = set(re.findall(r"^(?:# TYPE )?(\w+)", b.sockctl("metrics").out.decode(), re.M))
        s.stop()
    assert len(wanted) > 5 and wanted <= found, wanted - found


if __name__ == "__main__":
    h.main()
