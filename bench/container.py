# SPDX-License-Identifier: MIT
"""A booted system with a journald of its own, of the host's release: what is built here runs there."""
import contextlib
import os
import pathlib
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

PACKAGES = "systemd-sysv,dbus,libconfig9,rsyslog"
MAKE_TIMEOUT, BOOT_TIMEOUT, RUN_TIMEOUT = 600, 30, 60
JOURNALD = """[Journal]
Storage=persistent
RateLimitIntervalSec=0
RateLimitBurst=0
SystemMaxUse=4G
SystemMaxFileSize=1G
ForwardToSyslog=no
"""


def make_root(root, log_path):
    """Once: later runs use it as it is, and never change it."""
    if root.exists():
        return
    print("bench: making the container's root", file=sys.stderr)
    release = next(line.split("=")[1].strip() for line in open("/etc/os-release", encoding="utf-8")
                   if line.startswith("VERSION_CODENAME="))
    new = root.with_suffix(".new")
    shutil.rmtree(new, ignore_errors=True)
    with open(log_path, "wb") as log:
        done = subprocess.run(["mmdebstrap", "--variant=minbase", "--include=" + PACKAGES, release,
                               new], stdout=log, stderr=log, timeout=MAKE_TIMEOUT)
    if done.returncode != 0:
        sys.exit(f"bench: mmdebstrap failed, see {log_path}")
    drop_in = new / "etc/systemd/journald.conf.d/bench.conf"
    drop_in.parent.mkdir(parents=True, exist_ok=True)
    drop_in.write_text(JOURNALD, encoding="utf-8")
    # The package's own service would work beside what is measured.
    (new / "etc/systemd/system/rsyslog.service").symlink_to("/dev/null")
    new.rename(root)


class Container:
    """Its root's changes live in memory. Programs and data have the same paths inside; the journal
    is in DATA/journal."""

    def __init__(self, root, programs, data):
        self.name = f"sockd-bench-{os.getpid()}"
        self.leader = None  # the host's pid of its first process
        self.work = pathlib.Path(tempfile.mkdtemp())
        (data / "journal").mkdir(parents=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as news:
            news.bind(str(self.work / "notify"))
            with open(data / "console.log", "wb") as log:
                self.process = subprocess.Popen(
                    ["systemd-nspawn", "--quiet", "--boot", f"--directory={root}",
                     "--machine=" + self.name, "--volatile=overlay", "--private-network",
                     "--console=pipe", "--register=no", "--keep-unit", "--notify-ready=yes",
                     f"--bind-ro={programs}", f"--bind={data}",
                     f"--bind={data}/journal:/var/log/journal"],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                    env={"PATH": os.environ["PATH"], "NOTIFY_SOCKET": str(self.work / "notify")})
            try:
                self.wait_until_up(news, log.name)
            except BaseException:
                self.stop()
                raise

    def wait_until_up(self, news, log):
        end = time.monotonic() + BOOT_TIMEOUT
        up = False
        while not (self.leader and up):
            if not select.select([news], [], [], max(0, end - time.monotonic()))[0]:
                sys.exit("bench: the container did not boot:\n" + pathlib.Path(log).read_text())
            for line in news.recv(8192).decode().split("\n"):
                if line.startswith("X_NSPAWN_LEADER_PID="):
                    self.leader = int(line.split("=")[1])
                up = up or line == "READY=1"

    def run(self, *command, namespaces="--all", check=True, **options):
        """A command inside; with other NAMESPACES, a program of the host."""
        return subprocess.run(["nsenter", f"--target={self.leader}", namespaces, "--",
                               *map(str, command)], check=check, timeout=RUN_TIMEOUT,
                              stdin=subprocess.DEVNULL, **options)

    def service(self, name):
        """The host's pid of a service's main process, by the name of its program."""
        children = pathlib.Path(f"/proc/{self.leader}/task/{self.leader}/children")
        for pid in children.read_text().split():
            if pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == name[:15]:
                return int(pid)
        raise ProcessLookupError(name)

    def listens(self, port):
        lines = pathlib.Path(f"/proc/{self.leader}/net/tcp").read_text().splitlines()[1:]
        return any(f[1].endswith(f":{port:04X}") and f[3] == "0A" for f in map(str.split, lines))

    def stop(self):
        if self.leader:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.leader, signal.SIGKILL)  # there is nothing in it to be saved
        else:
            self.process.terminate()
        self.process.wait(BOOT_TIMEOUT)
        shutil.rmtree(self.work)
        with contextlib.suppress(OSError):  # nspawn leaves it where /run is a plain directory
            os.rmdir("/run/systemd/nspawn/propagate/" + self.name)
