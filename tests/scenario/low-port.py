#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A port below 1024 without CAP_NET_BIND_SERVICE: sockd exits with 78 at once and says which drop-in it needs; a
reload says the same and changes nothing. With the capability it listens there."""

import signal

import harness as h

# No capability comes back by being root.
WITHOUT = ("setpriv", "--bounding-set=-net_bind_service")
REASON = (r'listener syslog: cannot listen on 127\.0\.0\.1:514 \(tcp\): Permission denied; a port below 1024 needs '
          r'the drop-in privileged-ports\.conf, see "port" in sockd\.conf\(5\)')
SYSLOG = h.tcp(name="syslog", port=514)


def test_start():
    with h.Sockd([SYSLOG], wait=False, prefix=WITHOUT) as s:
        assert s.wait_exit() == 78
        s.wait_line(f"^{REASON}$")
        assert "retrying" not in s.stderr


def test_reload():
    with h.Sockd(prefix=WITHOUT) as s:
        s.write_config(h.config_text([h.tcp(), SYSLOG]))
        s.signal(signal.SIGHUP)
        s.wait_line(f"^cannot reload: {REASON}; the current settings stay in force$")
        with s.connect() as c:
            c.send(b"x\n").receipts(1)
        s.stop()


def test_with_the_capability():
    with h.Sockd([SYSLOG]) as s, s.connect("syslog") as c:
        c.send(b"x\n").receipts(1)
        s.stop()


if __name__ == "__main__":
    h.in_namespace()
    h.loopback_up()
    h.main()
