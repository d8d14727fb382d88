#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A reader follows doc/cookbook.md: every recipe has a config of at most ten lines, which sockd starts with. Its
commands do what they print, and what the devices it is for send is recorded and answered as it says."""

import contextlib
import glob
import logging
import logging.handlers
import os
import re
import shlex
import shutil
import socket
import subprocess

import blocks
import bus
import harness as h
import pki
import proxies
from tls_client import TlsClient

h.in_namespace()  # the recipes use the ports that devices use

BLOCKS = blocks.blocks("doc/cookbook.md")
LINES_MAX = 10
# The only things in a recipe that are not here.
LOGS, TLS, DEVICE_TLS = "/var/log/sockd", "/etc/sockd/tls", "/etc/ssl/sockd"
DEVICE = "192.0.2.7"
# In 2023.
SEEN_ONCE = f"sockd peers 1\n{DEVICE} 5 5 0 1 1700000000000000 1700000001000000\n"


class Recipe:
    """Its sockd runs as s, with its programs in front of the PATH, as if its files were where the recipe says."""

    def __init__(self, title, s, env):
        self.title, self.s = title, s
        for name, program in [("sockctl", h.SOCKCTL), ("sockd", h.SOCKD)]:
            self.program(name, f'exec {os.path.abspath(program)} -c {s.config} "$@"')
        self.env = {**os.environ, **env, "PATH": f"{s.dir}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8", "TZ": "UTC"}

    def program(self, name, text):
        with open(self.s.path(name), "w", encoding="ascii") as f:
            f.write(f"#!/bin/sh\n{text}\n")
        os.chmod(self.s.path(name), 0o755)

    def blocks(self, first):
        """Those that begin so."""
        return [b for b in BLOCKS if b.section == self.title and b.text.startswith(first)]

    def command(self, text):
        done = subprocess.run(["bash", "-c", text.replace(LOGS, self.s.dir)], env=self.env, check=False, cwd=self.s.dir,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=h.DEADLINE)
        assert done.returncode == 0, done
        return done.stdout.splitlines()

    def follow(self):
        """Does what it tells a user to do. Without receipts, the record may come a moment after the command."""
        for step in [step for block in self.blocks("$ ") for step in block.steps()]:
            wanted = "\n".join(blocks.pattern(line) for line in step.output) or ".+"
            if step.command.startswith("tail "):
                h.wait_for(lambda c=step.command, w=wanted: re.fullmatch(w, "\n".join(self.command(c)), re.S),
                           f"the output of {step.command}")
            elif not step.command.startswith(("socat ", "openssl req ", "install ")):  # a device; done before the start
                printed = "\n".join(self.command(step.command))
                assert not step.output or re.fullmatch(wanted, printed), (step, printed)
            print(step.command)

    def messages(self, n):
        """The text of the n records there are: (listener, message)."""
        (name,) = {path for path in re.findall(rf'path = "{self.s.dir}/(\S+?)"', self.config)}
        path = self.s.path(name)
        h.wait_for(lambda: h.count_lines(path) >= n, f"{n} records")
        if name.endswith(".jsonl"):
            found = [(r["listener"], r["message"].encode()) for r in h.json_records(path)]
        else:
            found = [(r.listener.decode(), bytes(r)) for r in h.records(path)]
        assert len(found) == n, found
        return found

    @property
    def config(self):
        with open(self.s.config, encoding="utf-8") as f:
            return f.read()


@contextlib.contextmanager
def recipe(title):
    (config,) = [b.text for b in BLOCKS if b.section == title and b.kind == "config"]
    assert len(config.splitlines()) <= LINES_MAX, config
    with bus.Bus() as b, h.tempfile.TemporaryDirectory(prefix="sockd-test-") as d:
        with open(os.path.join(d, "peers"), "w", encoding="ascii") as f:
            f.write(SEEN_ONCE)
        for block in (b for b in BLOCKS if b.section == title and b.text.startswith("$ openssl req ")):
            for step in (step for step in block.steps() if not step.root):
                subprocess.run(["sh", "-c", step.command], cwd=d, check=True, capture_output=True, timeout=h.DEADLINE)
        text = config.replace(LOGS, d).replace(TLS, d)
        with h.Sockd(text=text, directory=d, env={**b.env, "STATE_DIRECTORY": d}) as s:
            b.wait_owned()
            yield Recipe(title, s, b.env)
            s.stop()
            assert not re.search("warning|error", s.stderr.lower()), s.stderr


def sent(s, listener, data):
    """What is answered to the stream of a device that sends this and closes."""
    with s.connect(listener) as c:
        return c.send(data).finish().rest()


def has_device():
    """Another machine, as far as sockd can see."""
    subprocess.run([h.tool("ip"), "address", "replace", f"{DEVICE}/32", "dev", "lo"], check=True)


def counted(message):
    return b"%d %s" % (len(message), message)


def test_syslog():
    cisco = b"<189>1042: Nov 26 10:12:33.123: %SYS-5-CONFIG_I: Configured from console by vty0 (10.0.0.1)"
    firewall = b"<166>Nov 26 2026 10:12:33: %ASA-6-302013: Built outbound TCP connection 17"
    router = b"<30>1 2026-11-26T10:12:33Z mx480 sshd 4711 - - Accepted publickey"
    h.tool("logger")
    try:
        socket.getservbyname("syslog", "udp")  # logger asks for it even where a port is given
    except OSError as e:
        raise h.Skip("/etc/services does not know syslog") from e
    with recipe("Syslog from routers and switches") as r:
        with r.s.datagrams("syslog-udp") as d:
            for end in (b"", b"\n", b"\r\n", b"\0"):
                d.send(cisco + end)
            assert r.messages(4) == [("syslog-udp", cisco)] * 4
            assert d.silent()
        for listener in ("syslog-tcp", "syslog-601"):
            for data in (firewall + b"\n" + router + b"\r\n", counted(firewall) + counted(router),
                         counted(firewall) + b"\n" + counted(router) + b"\n", firewall + b"\n" + counted(router)):
                assert sent(r.s, listener, data) == b""
        found = r.messages(20)[4:]
        assert found == [(name, m) for name in ("syslog-tcp", "syslog-601") for m in (firewall, router) * 4], found
        r.follow()
        found = [(name, re.sub(rb"^<13>[A-Z].* demo: ", b"", m)) for name, m in r.messages(23)[20:]]
        assert sorted(found) == [("syslog-601", b"counted"), ("syslog-tcp", b"over TCP"),
                                 ("syslog-udp", b"over UDP")], found
        handler = logging.handlers.SysLogHandler(r.s.address("syslog-tcp"), socktype=socket.SOCK_STREAM)
        handler.setFormatter(logging.Formatter("app: %(message)s"))
        for text in ("one", "two"):
            handler.handle(logging.makeLogRecord({"msg": text, "levelname": "INFO"}))
        handler.close()
        assert r.messages(25)[23:] == [("syslog-tcp", b"<14>app: one"), ("syslog-tcp", b"<14>app: two")]


def tls_recipe():
    if not h.has_tls():
        raise h.Skip("built without TLS")
    h.tool("openssl")
    return recipe("Syslog over TLS")


def device(r, name="scale-7"):
    """With the certificate of that name."""
    own = pki.Identity(r.s.path(f"{name}.pem"), r.s.path(f"{name}.key")) if name else None
    return TlsClient(r.s.address("syslog-tls"), r.s.path("ca.pem"), own, name="loghost.plant.example")


def test_syslog_over_tls():
    message = b"<30>1 2026-11-26T10:12:33Z mx480 sshd 4711 - - Accepted\n publickey"
    with tls_recipe() as r:
        with device(r) as c:
            c.send(counted(message) * 2)
        assert r.messages(2) == [("syslog-tls", message)] * 2
        r.follow()
        assert r.messages(3)[2] == ("syslog-tls", b"<14>demo: over TLS")
        # Another device gets in with a name below the same domain, and with no other.
        *_, made = [step.command for step in r.blocks("$ openssl req ")[0].steps() if not step.root]
        r.command(made.replace("scale-7", "scale-8"))
        r.command(made.replace("scale-7", "other").replace("plant.example", "elsewhere.example"))
        with device(r, "scale-8") as c:
            c.send(counted(message))
        assert len(r.messages(4)) == 4
        for name in ("other", None):
            with device(r, name) as c:
                try:
                    c.send(b"<30>not recorded\n").rest()
                except OSError:  # an alert
                    continue
                raise AssertionError(f"{name} got in")
        peers = [record.peer.rpartition(b"@")[0] for record in r.s.records(r.s.path("syslog-tls.log"))]
        assert peers == [b"scale-7.plant.example"] * 3 + [b"scale-8.plant.example"], peers


def send_by(r, program, config, *options):
    """A sender configured as the recipe says, of two lines in a file."""
    hosts = r.s.path("hosts")
    shutil.copy("/etc/hosts", hosts)
    with open(hosts, "a", encoding="ascii") as f:
        f.write("127.0.0.1 loghost.plant.example\n")
    subprocess.run(["mount", "--bind", hosts, "/etc/hosts"], check=True)
    try:
        proxies.write(r.s.path("lines"), "first\nsecond\n")
        path = proxies.write(r.s.path("sender.conf"), config.replace("@DIR@", r.s.dir).replace(DEVICE_TLS, r.s.dir))
        with proxies.running(program, program, *options, "-f", path) as p:
            found = r.messages(2)
            p.terminate()
            p.wait(h.DEADLINE)
    finally:
        subprocess.run(["umount", "/etc/hosts"], check=True)
    for (listener, message), text in zip(found, (b"first", b"second")):
        assert listener == "syslog-tls" and re.fullmatch(rb"<\d+>1 20\S+ .* " + text, message), found
    assert all(record.peer.startswith(b"scale-7.plant.example@") for record in r.s.records(r.s.path("syslog-tls.log")))


RSYSLOG = """
module(load="imfile" mode="inotify")
input(type="imfile" file="@DIR@/lines" tag="demo")
"""


def rsyslog(driver):
    program = h.tool("rsyslogd")
    if not glob.glob(f"/usr/lib/*/rsyslog/lmnsd_{driver}.so"):
        raise h.Skip(f"the driver {driver} of rsyslog is not installed")
    with tls_recipe() as r:
        (config,) = r.blocks("global(defaultNetstreamDriver")
        assert '"ossl"' in config.text
        text = f'global(workDirectory="@DIR@")\n{RSYSLOG}{config.text}'.replace('"ossl"', f'"{driver}"')
        send_by(r, program, text, "-n", "-i", r.s.path("pid"))


def test_syslog_over_tls_rsyslog_ossl():
    rsyslog("ossl")


def test_syslog_over_tls_rsyslog_gtls():
    rsyslog("gtls")


def test_syslog_over_tls_syslog_ng():
    program = h.tool("syslog-ng")
    version = re.search(r"Config version: (\S+)|Installer-Version: (\d+\.\d+)",
                        subprocess.run([program, "--version"], capture_output=True, check=True, text=True).stdout)
    with tls_recipe() as r:
        (config,) = r.blocks("destination sockd {")
        own = (f"--{what}={r.s.path('ng.' + what)}" for what in ("persist-file", "pidfile", "control"))
        text = f"@version: {version.group(1) or version.group(2)}\n"
        text += 'source s_src { file("@DIR@/lines" flags(no-parse)); };\n'
        send_by(r, program, text + config.text, "-F", "--no-caps", *own)


def test_scanners():
    h.tool("nc")
    codes = [b"4006381333931", b"]C1010400638133393117261231", b"https://example.org/?id=7"]
    with recipe("Scanners") as r:
        assert sent(r.s, "scanners", b"".join(code + b"\r" for code in codes)) == b""
        assert r.messages(3) == [("scanners", code) for code in codes]
        r.follow()
    # The two others that it describes.
    with h.Sockd([h.tcp(reply="\x06")]) as s:
        assert sent(s, "tcp", codes[0] + b"\r\n") == b"\x06"
        assert bytes(s.records()[0]) == codes[0]
        s.stop()


def test_hl7():
    message = ("MSH|^~\\&|LAB|HOSPITAL|EHR|HOSPITAL|20261126101233||ORU^R01|00042|P|2.5\r"
               "PID|1||4711||Müller^Zoë\rOBX|1|NM|718-7^Hemoglobin||13.2|g/dL\r").encode()
    acknowledged = re.compile(rb"\x0bMSH\|\^~\\&\|sockd\|{6}ACK\|([0-9a-z-]+)\|P\|2\.5\rMSA\|AA\|\|durable\r\x1c\r")
    with recipe("HL7") as r:
        with r.s.connect("hl7") as c:
            for n in range(3):  # each waits for the one before it
                c.send(b"\x0b" + message + b"\x1c\r")
                answer = b""
                while not answer.endswith(b"\x1c\r"):
                    answer += c.socket.recv(4096)
                identifier = acknowledged.fullmatch(answer).group(1).decode()
                assert r.messages(n + 1)[n] == ("hl7", message)
                assert h.json_records(r.s.path("hl7.jsonl"))[n]["id"] == identifier
        r.follow()
        assert r.messages(4)[3] == ("hl7", rb"MSH|^~\&|LAB||||||ORU^R01|1|P|2.5")


def test_gps_and_serial_servers():
    position = b"$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47"
    speed = b"$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A"
    h.tool("nc")
    h.tool("socat")
    has_device()
    with recipe("GPS and serial servers") as r:
        assert sent(r.s, "gps", position + b"\r\n" + speed + b"\r\n") == b""
        assert r.messages(2) == [("gps", position), ("gps", speed)]
        with r.s.datagrams("gps-udp") as d:
            d.send(position + b"\r\n" + speed + b"\r\n")
            assert r.messages(3)[2] == ("gps-udp", position + b"\r\n" + speed)
            assert d.silent()
        assert sent(r.s, "scale", b"\r\n\x02  12.50 kg\x03\r\n\x02  12.75 kg\x03\r\n") == b""
        assert r.messages(5)[3:] == [("scale", b"  12.50 kg"), ("scale", b"  12.75 kg")]
        r.follow()
        (socat,) = [step.command for block in r.blocks("$ socat ") for step in block.steps()]
        with socket.create_server((DEVICE, 4001)) as listening:
            with subprocess.Popen(shlex.split(socat)) as process:
                device, _ = listening.accept()
                with device:
                    device.sendall(b"\x02   7.00 kg\x03")
                assert process.wait(h.DEADLINE) == 0
        assert r.messages(7)[6] == ("scale", b"   7.00 kg")


def test_application():
    with recipe("An application that must know") as r:
        with r.s.connect("orders") as c:
            for n in range(3):
                receipt = c.send(b"order %d is paid\n" % n).line()
                assert re.fullmatch(rb"ok \S+ durable\n", receipt), receipt
                assert r.messages(n + 1)[n] == ("orders", b"order %d is paid" % n)
        r.follow()
        assert r.messages(4)[3] == ("orders", b"order 4711 is paid")


def test_local_programs():
    h.tool("nc")
    h.tool("logger")
    os.makedirs("/run/sockd", exist_ok=True)
    peer = re.compile(rb"uid:%d/pid:\d+" % os.geteuid())
    with recipe("Local programs over a Unix socket") as r:
        r.follow()
        (done, plain, (name, syslog)) = r.messages(3)
        assert (done, plain) == (("local", b"backup is done"), ("local", b"no client needed"))
        assert name == "local-syslog" and re.fullmatch(rb"<13>[A-Z].* demo: as syslog", syslog), syslog
        assert all(peer.fullmatch(record.peer) for record in r.s.records(r.s.path("local.log")))
        assert {os.stat(f"/run/sockd/{file}").st_mode & 0o777 for file in ("messages", "log")} == {0o666}


def test_silent_sender():
    has_device()
    with recipe("Alert on a silent sender") as r:
        r.follow()
        assert r.messages(1) == [("meters", b"21.5 degrees")]
        steps = r.blocks("# cd ")[0].steps()
        named = re.findall(r"sockd-silent(?:\.\w+)?", " ".join(step.command for step in steps[1:3]))
        assert all(os.path.exists(os.path.join(h.SRCDIR, "systemd", name)) for name in named), named
        (typed,) = [step.input for step in steps if step.input]
        settings = dict(setting.split("=", 1) for setting in shlex.split(typed[1].removeprefix("Environment=")))
        assert set(settings) == {"SENDERS", "LIMIT", "MAILTO"}, settings
        r.program("sendmail", 'cat >"$(dirname "$0")/mail"')
        r.env.update(settings, STATE_DIRECTORY=r.s.dir)

        def mail():
            r.command(os.path.abspath(os.path.join(h.SRCDIR, "systemd/sockd-silent")))
            with open(r.s.path("mail"), encoding="ascii") as f:
                return f.read()
        assert mail().endswith(f"\n\n{DEVICE} has been silent since Tue Nov 14 22:13:21 UTC 2023.\n"), mail()
        with h.Datagrams(r.s.address("meters", socket.AF_INET), source=(DEVICE, 0)) as d:
            d.send(b"7 bar")
            assert r.messages(2)[1] == ("meters", b"7 bar")
        assert mail().startswith("To: root\n") and mail().endswith("\n\nAll senders are heard again.\n"), mail()


def test_every_recipe():
    """Each section is one of those above, with one config."""
    with open(__file__, encoding="utf-8") as f:
        tested = set(re.findall(r'(?:with|return) recipe\("(.*?)"\)', f.read()))
    assert tested == {b.section for b in BLOCKS}, tested


if __name__ == "__main__":
    h.main()
