# SPDX-License-Identifier: MIT
"""What is measured: the loads, and the figures that sockd is to reach."""
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Workload:
    name: str
    title: str
    kind: str = "stream"  # of bench/load, or "start"
    protocol: str = "tcp"  # of sockd's listeners
    level: str = ""  # of the receipts; "": none are sent
    lanes: int = 1
    messages: int = 1
    size: int = 100  # bytes on the wire
    rate: int = 0  # datagrams a second; 0: as fast as it goes
    one_cpu: bool = False  # generator and server share one CPU
    slow_flush: bool = False  # every flush takes 10 ms longer
    main: bool = True  # part of the run without --all
    output: str = "file"
    tls: str = ""  # what a record holds: "full" of messages, or one "message"
    # FIGURE or FIGURE/OTHER: (">=" or "<=", value). The latter is a ratio to sockd's own in another workload, or to
    # another receiver in the same one.
    goals: dict = field(default_factory=dict)

    @property
    def place(self):
        """What says where its listener is, as the setting of sockd is named."""
        return {"tcp": "port", "udp": "port", "raw": "ip_protocol"}.get(self.protocol, "path")


MILLION = 1_000_000

WORKLOADS = [
    Workload("tcp50", "TCP, 50 connections, no receipts", lanes=50, messages=3 * MILLION,
             goals={"rate": (">=", 0.85), "cpu": ("<=", 1.5), "rss_mib": ("<=", 16)}),
    Workload("tcp50-written", "TCP, 50 connections, receipts “written”", level="written", lanes=50,
             messages=3 * MILLION, goals={"rate": (">=", 0.7)}),
    Workload("tcp50-durable", "TCP, 50 connections, receipts “durable”", level="durable", lanes=50,
             messages=3 * MILLION, goals={"rate": (">=", 1.3)}),
    Workload("tcp50-slow", "the same, every flush 10 ms slower", level="durable", lanes=50,
             messages=MILLION, slow_flush=True, goals={"rate": (">=", 4)}),
    Workload("tcp1", "TCP, 1 connection, no receipts", messages=3 * MILLION,
             goals={"rate": (">=", 0.8)}),
    Workload("tcp1-written", "TCP, 1 connection, receipts “written”", level="written",
             messages=3 * MILLION, goals={"rate": (">=", 0.7)}),
    Workload("udp", "UDP, as fast as it goes", kind="datagrams", protocol="udp", lanes=8,
             messages=600_000, goals={"rate": (">=", 0.95), "lost": ("<=", 0), "cpu": ("<=", 1.15)}),
    Workload("udp-400k", "UDP, 400,000 a second", kind="datagrams", protocol="udp", lanes=8,
             messages=400_000, rate=400_000, goals={"lost": ("<=", 0)}),
    Workload("unix-stream", "Unix stream, 50 connections, no receipts", protocol="unix-stream", lanes=50,
             messages=3 * MILLION, goals={"rate": (">=", 0.85), "rate/tcp50": (">=", 0.9)}),
    Workload("unix-datagram", "Unix datagrams, as fast as it goes", kind="datagrams", protocol="unix-datagram",
             lanes=8, messages=600_000, goals={"rate": (">=", 0.85), "lost": ("<=", 0)}),
    Workload("unix-datagram-200k", "Unix datagrams, 200,000 a second", kind="datagrams", protocol="unix-datagram",
             lanes=8, messages=MILLION, rate=200_000, main=False, goals={"rate": (">=", 0.95), "lost": ("<=", 0)}),
    Workload("raw", "raw packets, as fast as it goes", kind="datagrams", protocol="raw", lanes=8,
             messages=600_000, goals={"rate": (">=", 0.95), "cpu/udp": ("<=", 1.15)}),
    Workload("raw-200k", "raw packets, 200,000 a second", kind="datagrams", protocol="raw", lanes=8,
             messages=MILLION, rate=200_000, main=False, goals={"lost": ("<=", 0)}),
    Workload("short", "TCP, a connection for each message, 16 at a time, receipts “written”",
             kind="short", level="written", lanes=16, messages=20_000,
             goals={"rate": (">=", 0.9), "p99": ("<=", 1.3)}),
    Workload("ping1", "request and reply, 1 connection, one CPU, “written”", kind="exchange",
             level="written", messages=40_000, one_cpu=True,
             goals={"p50": ("<=", 1.2), "cpu": ("<=", 1.3)}),
    Workload("ping64", "request and reply, 64 connections, “written”", kind="exchange",
             level="written", lanes=64, messages=100_000,
             goals={"rate": (">=", 0.85), "p99": ("<=", 1.3)}),
    Workload("ping1-durable", "request and reply, 1 connection, “durable”", kind="exchange",
             level="durable", messages=1_500, goals={"p50": ("<=", 1.2)}),
    Workload("ping64-durable", "request and reply, 64 connections, “durable”", kind="exchange",
             level="durable", lanes=64, messages=20_000, goals={"p50": ("<=", 1.2)}),
    Workload("idle", "10,000 idle connections", kind="idle", level="durable", lanes=10_000, messages=10_000,
             goals={"alone_mib": ("<=", 4), "idle_kib": ("<=", 0.25)}),
    Workload("start", "start to the first message recorded", kind="start", size=100,
             goals={"start_ms": ("<=+", 5)}),
]

# With TLS; all is encrypted before the clock starts. Only with --all, or by name.
WORKLOADS += [
    Workload("tls50", "TLS, 50 connections, records of 16 KiB, no receipts", tls="full", lanes=50,
             messages=3 * MILLION, main=False,
             goals={"rate": (">=", 0.8), "rate/tcp50": (">=", 0.5), "rate/rsyslog": (">=", 4),
                    "rate/rsyslog-gtls": (">=", 4)}),
    Workload("tls50-small", "TLS, 50 connections, a record for each message, no receipts", tls="message", lanes=50,
             messages=MILLION, main=False,
             goals={"rate": (">=", 0.85), "rate/rsyslog": (">=", 4), "rate/rsyslog-gtls": (">=", 4)}),
    Workload("tls-idle", "1,000 idle connections with TLS", kind="idle", tls="full", lanes=1_000, messages=1_000,
             main=False, goals={"tls_kib": ("<=", 1.15)}),
    Workload("tls-storm", "TLS handshakes, 300 at a time, and a message every 2 ms beside them", kind="storm",
             tls="full", lanes=300, messages=8_000, main=False,
             goals={"rate": (">=", 0.9), "ping_ms": ("<=", 5)}),
]

# How the cost grows; only with --all.
for lanes in (1, 50, 1_000, 10_000):
    WORKLOADS.append(Workload(f"growth-c{lanes}", f"TCP, {lanes} connections, receipts “written”",
                              level="written", lanes=lanes, messages=2 * MILLION, main=False))
for size, messages in ((16, 6 * MILLION), (256, 2 * MILLION), (4_096, 200_000), (65_536, 12_000)):
    WORKLOADS.append(Workload(f"growth-s{size}", f"TCP, 50 connections, {size} B, no receipts",
                              lanes=50, messages=messages, size=size, main=False))
