# SPDX-License-Identifier: MIT
"""The receivers compared: each starts on the directory of a round, is killed, is stopped, and knows
its file format."""

import os
import shutil
import signal
import socket
import subprocess

import harness as h
import ledger
from clients import Plain
from relp import Relp

# rsyslog's documentation: "Understanding rsyslog Queues" and "omfile". Every setting is of the main queue, where imrelp
# puts a message before it acknowledges it, or of the one action.
RSYSLOG = """module(load="imrelp")
global(workDirectory="@DIR@/spool")
main_queue(@QUEUE@)
template(name="raw" type="string" string="%rawmsg%\\n")
input(type="imrelp" address="127.0.0.1" port="@PORT@")
action(type="omfile" file="@DIR@/messages.log" template="raw" @ACTION@)
"""
SYNCED = 'sync="on" flushOnTXEnd="on" asyncWriting="off" action.resumeRetryCount="-1"'


class Sockd:
    """With its defaults."""
    name = "sockd"
    ahead = 1000

    def __init__(self, round_):
        self.round = round_
        round_.configure(level="durable", framing="line", udp=False, workers=1, kind="text")

    def protocol(self):
        return Plain("line")

    def start(self):
        self.round.start()

    def address(self):
        return self.round.daemon.address("tcp")

    def pid(self):
        return self.round.daemon.pid

    def kill(self):
        self.round.kill()

    def stop(self):
        """Clean stop: pending messages are stored."""
        self.round.stop()

    def key(self, message):
        return message.id

    parse = staticmethod(ledger.parse)


class Rsyslog:
    """As Debian ships it: the main queue is in memory, the file is not flushed."""
    name, queue, action = "rsyslog, defaults", 'queue.type="LinkedList"', ""
    ahead = 128

    def __init__(self, round_):
        self.program = shutil.which("rsyslogd") or shutil.which("rsyslogd", path="/usr/sbin")
        if not self.program or not os.path.exists("/usr/lib/x86_64-linux-gnu/rsyslog/imrelp.so"):
            raise h.Skip("rsyslog and rsyslog-relp are not installed")
        self.round, self.process = round_, None
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]

    def protocol(self):
        return Relp()

    def start(self):
        r = self.round
        os.makedirs(os.path.join(r.log_dir, "spool"), exist_ok=True)
        text = RSYSLOG
        for name, value in (("QUEUE", self.queue), ("ACTION", self.action), ("PORT", str(self.port)),
                            ("DIR", r.log_dir)):
            text = text.replace(f"@{name}@", value)
        config = os.path.join(r.dir, "rsyslog.conf")
        with open(config, "w", encoding="utf-8") as f:
            f.write(text)
        pid_file = os.path.join(r.dir, "rsyslog.pid")
        if os.path.exists(pid_file):
            os.unlink(pid_file)
        self.process = subprocess.Popen([self.program, "-n", "-f", config, "-i", pid_file], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        env={**os.environ, **r.injector.environment})
        h.wait_for(self._answers, "rsyslog")

    def _answers(self):
        assert self.process.poll() is None, f"rsyslogd ended with {self.process.returncode}"
        with socket.socket() as s:
            return s.connect_ex(self.address()) == 0

    def address(self):
        return "127.0.0.1", self.port

    def pid(self):
        return self.process.pid

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """rsyslog tries to empty its queue; what it leaves in memory is lost."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()

    def key(self, message):
        return message.text

    @staticmethod
    def parse(line):
        text = line.removeprefix(b"<13>")
        return text, text


class RsyslogDisk(Rsyslog):
    """The queue is on the disk, and flushed for each message."""
    name = "rsyslog, synced disk queue"
    queue = ('queue.type="Disk" queue.filename="main" queue.checkpointInterval="1" queue.syncQueueFiles="on" '
             'queue.saveOnShutdown="on"')
    action = SYNCED


class RsyslogDirect(Rsyslog):
    """No queue: a message is in the file, flushed, before it is acknowledged."""
    name = "rsyslog, no queue, synced file"
    queue = 'queue.type="Direct"'
    action = SYNCED


ALL = (Sockd, Rsyslog, RsyslogDisk, RsyslogDirect)
