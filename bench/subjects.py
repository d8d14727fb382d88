# SPDX-License-Identifier: MIT
"""Who is measured: how each receiver is configured and started for a workload."""
import collections
import dataclasses
import functools
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))

import pki  # noqa: E402

BUILD = HERE.parent / "build/bench"


Certificates = collections.namedtuple("Certificates", "ca server")


@functools.cache
def certificates():
    """The key is on the curve P-256."""
    made = pki.Pki(str(BUILD / "pki"))
    return Certificates(made.ca, made.server())


class Subject:
    """One receiver. `programs` is the directory of the built ones. Where it listens is a port, an IP protocol or a
    path, as the workload says."""
    name = ""
    kinds = ("stream", "datagrams", "short", "exchange", "idle", "start")
    levels = ("",)
    has_ping = False  # a second listener, without TLS, in workload "storm"
    settle = 0.25  # seconds without growth after which its file is taken to be complete

    def __init__(self, programs):
        self.programs = programs

    def can(self, workload):
        return (workload.kind in self.kinds and workload.level in self.levels and not workload.tls
                and workload.output == "file" and not workload.slow_flush)

    def missing(self):
        return None

    def version(self):
        return ""

    def command(self, workload, directory, where):
        raise NotImplementedError

    @staticmethod
    def file(directory):
        return directory / "records"


class Reference(Subject):
    name = "reference"
    levels = ("", "written", "durable")

    def can(self, workload):
        return True

    def command(self, workload, directory, where):
        receipts = {"": "none", "written": "received", "durable": "durable"}[workload.level]
        tls = [*certificates().server] if workload.tls else []
        return [self.programs / ("bench/reference_tls" if tls else "bench/reference"), workload.protocol, receipts,
                str(where), self.file(directory), *tls]


class Sockd(Subject):
    name = "sockd"
    has_ping = True

    def can(self, workload):
        return True

    def version(self):
        return subprocess.run([self.programs / "sockd", "--version"], capture_output=True,
                              text=True, check=True).stdout.split("\n")[0]

    def command(self, workload, directory, where):
        where = f'"{where}"' if workload.place == "path" else where
        listener = f'name = "{workload.protocol}"; protocol = "{workload.protocol}"; {workload.place} = {where};'
        if workload.level:
            listener += f' acknowledge = "{workload.level}";'
        elif workload.protocol != "raw":
            listener += ' reply = "";'
        if workload.tls:
            own = certificates().server
            listener += f' tls = {{ certificate = "{own.certificate}"; key = "{own.key}"; }};'
        if workload.kind == "storm":
            listener += ' }, { name = "ping"; protocol = "tcp"; port = 19192; acknowledge = "received";'
        config = directory / "sockd.conf"
        config.write_text(f'listeners = ( {{ {listener} }} );\n'
                          f'outputs = ( {{ type = "file"; path = "{self.file(directory)}"; }} );\n')
        return [self.programs / "sockd", "-c", config]


class Peer(Subject):
    """A receiver from Debian, with a configuration from peers/."""
    program = ""
    template = ""
    version_option = "-V"

    def can(self, workload):
        return super().can(workload) and workload.place == "port"

    def missing(self):
        return None if shutil.which(self.program) else self.program

    def version(self):
        text = subprocess.run([self.program, self.version_option], capture_output=True, text=True)
        found = re.search(r"\d+\.[\d.]*\d", text.stdout)
        return f"{self.program} {found.group()}" if found else self.program

    def config(self, workload, directory, port):
        text = (HERE / "peers" / self.template.format(protocol=workload.protocol)).read_text()
        path = directory / "peer.conf"
        path.write_text(text.replace("@PORT@", str(port)).replace("@FILE@", str(self.file(directory)))
                        .replace("@DIR@", str(directory)))
        return path


class Rsyslog(Peer):
    """With TLS, by OpenSSL."""
    name = "rsyslog"
    program = "rsyslogd"
    version_option = "-v"
    template = "rsyslog-{protocol}.conf"
    driver = "ossl"

    def can(self, workload):
        if not workload.tls:
            return super().can(workload)
        return workload.kind == "stream" and super().can(dataclasses.replace(workload, tls=""))

    def config(self, workload, directory, port):
        path = super().config(workload, directory, port)
        if workload.tls:
            ca, server = certificates()
            text = (HERE / "peers/rsyslog-tls.conf").read_text()
            for mark, value in (("PORT", port), ("FILE", self.file(directory)), ("DIR", directory), ("CA", ca),
                                ("DRIVER", self.driver), ("CERTIFICATE", server.certificate), ("KEY", server.key)):
                text = text.replace(f"@{mark}@", str(value))
            path.write_text(text)
        return path

    def command(self, workload, directory, port):
        return ["rsyslogd", "-n", "-i", directory / "pid", "-f", self.config(workload, directory, port)]


class RsyslogGtls(Rsyslog):
    """By GnuTLS."""
    name = "rsyslog-gtls"
    driver = "gtls"

    def can(self, workload):
        return bool(workload.tls) and super().can(workload)


class RsyslogImptcp(Rsyslog):
    name = "rsyslog-imptcp"
    template = "rsyslog-imptcp.conf"

    def can(self, workload):
        return super().can(workload) and workload.protocol == "tcp" and not workload.tls


class SyslogNg(Peer):
    """Runs from where install-packages unpacked it."""
    name = "syslog-ng"
    template = "syslog-ng-{protocol}.conf"
    settle = 1.5

    def __init__(self, programs):
        super().__init__(programs)
        self.root = BUILD / "syslog-ng/usr"
        self.modules = next(self.root.glob("lib/syslog-ng/[0-9]*"), None)

    def missing(self):
        return None if self.modules else "syslog-ng"

    def version(self):
        return f"syslog-ng {self.modules.name}"

    def config(self, workload, directory, port):
        path = super().config(workload, directory, port)
        path.write_text(path.read_text().replace("@VERSION@", self.modules.name))
        return path

    def command(self, workload, directory, port):
        return ["env", f"LD_LIBRARY_PATH={self.modules.parent}", self.root / "sbin/syslog-ng", "-F",
                "--no-caps", f"--module-path={self.modules}", "-f",
                self.config(workload, directory, port), "-R", directory / "persist",
                "-c", directory / "control", "-p", directory / "pid"]


class Socat(Peer):
    """Copies bytes: no peer, no lines. Every connection is a process."""
    name = "socat"
    program = "socat"

    def command(self, workload, directory, port):
        target = f"OPEN:{self.file(directory)},creat,append"
        if workload.protocol == "udp":
            return ["socat", "-u", "-b", "65536", f"UDP4-RECV:{port},bind=127.0.0.1,rcvbuf-late=4194304",
                    target]
        return ["socat", "-u", "-b", "65536",
                f"TCP4-LISTEN:{port},bind=127.0.0.1,fork,reuseaddr,backlog=4096", target]


MAIN = (Reference, Sockd, Rsyslog)
ALL = MAIN + (RsyslogGtls, RsyslogImptcp, SyslogNg, Socat)


def environment(workload, programs):
    env = dict(os.environ)
    if workload.slow_flush:
        env["LD_PRELOAD"] = str(programs / "bench/slow_flush.so")
    return env
