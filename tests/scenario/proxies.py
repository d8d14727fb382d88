#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Proxies that are not ours stand before sockd: haproxy, nginx, stunnel, hitch, and curl, which plays one. Each record
has the address of the client, and that of the proxy."""

import contextlib
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile

import harness as h

LISTENER = h.tcp(proxies=["127.0.0.1"])
OUTPUTS = [h.file(), h.file(path="@DIR@/messages.json", format="json")]
# The clients' address differs from the proxies'.
CLIENT = "127.0.0.9"


def free_port():
    """Of this moment: the proxies cannot be asked which one they chose."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextlib.contextmanager
def running(name, *command):
    """A daemon in the foreground, on a directory of its own, until the end of the block."""
    with tempfile.TemporaryFile() as log:
        p = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        try:
            yield p
        except BaseException:
            log.seek(0)
            print(f"--- {name} ---\n{log.read().decode('utf-8', 'replace')}---", file=h.sys.stderr)
            raise
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(p.pid, signal.SIGKILL)
            p.wait(h.DEADLINE)


@contextlib.contextmanager
def directory():
    d = tempfile.mkdtemp(prefix="sockd-test-")
    try:
        yield d
    finally:
        shutil.rmtree(d, ignore_errors=True)


def write(path, text):
    with open(path, "w", encoding="ascii") as f:
        f.write(text)
    return path


def connect(port):
    """A client of the proxy, once that listens."""
    def attempt():
        with contextlib.suppress(ConnectionRefusedError):
            return h.Client(("127.0.0.1", port), source=(CLIENT, 0))
        return None
    return h.wait_for(attempt, "the proxy to listen")


def json_records(s):
    with open(s.path("messages.json"), encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def check(s, client, port):
    """Through the proxy, and back."""
    client.send(b"hello\n").receipts(1)
    address = client.socket.getsockname()
    client.close()
    record = json_records(s)[-1]
    assert (record["peer_address"], record["peer_port"]) == address, record
    assert (record["local_address"], record["local_port"]) == ("127.0.0.1", port), record
    assert record["via_address"] == "127.0.0.1" and record["via_port"] not in (port, address[1]), record
    assert s.records()[-1].peer == b"%s:%d" % (address[0].encode(), address[1])
    return record


def certificate(d, name):
    """Signed by itself."""
    key, cert = os.path.join(d, f"{name}.key"), os.path.join(d, f"{name}.crt")
    subprocess.run([h.tool("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                    "-nodes", "-days", "2", "-subj", f"/CN={name}", "-keyout", key, "-out", cert],
                   check=True, capture_output=True, timeout=h.DEADLINE)
    with open(key, encoding="ascii") as f, open(cert, encoding="ascii") as g:
        return write(os.path.join(d, f"{name}.pem"), f.read() + g.read())


def connect_tls(port, d, name=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if name:
        context.load_cert_chain(os.path.join(d, f"{name}.pem"))
    c = connect(port)
    c.socket = context.wrap_socket(c.socket)
    return c


# --- haproxy ---

HAPROXY = """
global
    log stderr format raw local0 err
defaults
    mode tcp
    timeout connect 10s
    timeout client 60s
    timeout server 60s
frontend in
    bind 127.0.0.1:{port} {bind}
    unique-id-format id-%ci:%cp
    default_backend out
backend out
    server sockd 127.0.0.1:{to} {server}
"""


@contextlib.contextmanager
def haproxy(s, d, port, server, bind=""):
    config = write(os.path.join(d, "haproxy.cfg"), HAPROXY.format(port=port, to=s.port(), bind=bind, server=server))
    with running("haproxy", h.tool("haproxy"), "-db", "-f", config) as p:
        yield p


def test_haproxy():
    for server in ("send-proxy", "send-proxy-v2", "send-proxy-v2 proxy-v2-options crc32c,authority"):
        port = free_port()
        with directory() as d, h.Sockd([LISTENER], OUTPUTS) as s:
            with haproxy(s, d, port, server):
                record = check(s, connect(port), port)
                assert "via_id" not in record and "via_tls" not in record, record
            s.stop()


def test_haproxy_unique_id():
    port = free_port()
    with directory() as d, h.Sockd([LISTENER], OUTPUTS) as s:
        with haproxy(s, d, port, "send-proxy-v2 proxy-v2-options crc32c,unique-id"):
            record = check(s, connect(port), port)
            assert record["via_id"] == f"id-{CLIENT}:{record['peer_port']}", record
        s.stop()


def test_haproxy_tls():
    """The name in the client's certificate, only where there is one."""
    port = free_port()
    with directory() as d, h.Sockd([LISTENER], OUTPUTS) as s:
        certificate(d, "server")
        certificate(d, "scale-7")
        bind = f"ssl crt {d}/server.pem ca-file {d}/scale-7.crt verify optional"
        server = "send-proxy-v2-ssl-cn proxy-v2-options ssl,cert-cn,crc32c,authority"
        with haproxy(s, d, port, server, bind):
            record = check(s, connect_tls(port, d, "scale-7"), port)
            assert record["peer_name"] == "scale-7" and record["via_tls"].startswith("TLSv1."), record
            record = check(s, connect_tls(port, d), port)
            assert "peer_name" not in record and record["via_tls"].startswith("TLSv1."), record
        s.stop()


def test_haproxy_checks():
    """Its health checks are nothing to tell, in either version."""
    for server in ("send-proxy", "send-proxy-v2"):
        port = free_port()
        with directory() as d, h.Sockd([LISTENER], OUTPUTS, top='log_level = "debug";') as s:
            with haproxy(s, d, port, f"{server} check inter 20ms"):
                def checks(s=s):
                    return sum(": connection closed" in line for line in s.stderr.split("\n"))
                h.wait_for(lambda checks=checks: checks() >= 20, "20 health checks")
                check(s, connect(port), port)
            s.stop()
            assert "PROXY" not in s.stderr and "denied" not in s.stderr, s.stderr
            assert s.counters()["tcp"].received == 1


# --- the others ---

NGINX = """
daemon off;
master_process off;
pid {d}/pid;
error_log stderr warn;
{module}
events {{ worker_connections 64; }}
stream {{
    server {{
        listen 127.0.0.1:{port};
        proxy_pass 127.0.0.1:{to};
        proxy_protocol on;
    }}
}}
"""


def test_nginx():
    module = "/usr/lib/nginx/modules/ngx_stream_module.so"
    program = h.tool("nginx")
    if not os.path.exists(module):
        raise h.Skip("the stream module of nginx is not installed")
    port = free_port()
    with directory() as d, h.Sockd([LISTENER], OUTPUTS) as s:
        config = write(os.path.join(d, "nginx.conf"),
                       NGINX.format(d=d, port=port, to=s.port(), module=f"load_module {module};"))
        with running("nginx", program, "-p", d, "-e", "stderr", "-c", config):
            check(s, connect(port), port)
        s.stop()


STUNNEL = """
foreground = yes
pid =
syslog = no
[sockd]
accept = 127.0.0.1:{port}
connect = 127.0.0.1:{to}
protocol = proxy
cert = {d}/server.pem
"""


def test_stunnel():
    program = h.tool("stunnel")
    port = free_port()
    with directory() as d, h.Sockd([LISTENER], OUTPUTS) as s:
        certificate(d, "server")
        config = write(os.path.join(d, "stunnel.conf"), STUNNEL.format(d=d, port=port, to=s.port()))
        with running("stunnel", program, config):
            check(s, connect_tls(port, d), port)
        s.stop()


HITCH = """
frontend = "[127.0.0.1]:{port}"
backend = "[127.0.0.1]:{to}"
pem-file = "{d}/server.pem"
write-proxy-v2 = on
workers = 1
daemon = off
{user}
"""


def test_hitch():
    program = h.tool("hitch")
    port = free_port()
    with directory() as d, h.Sockd([LISTENER], OUTPUTS) as s:
        certificate(d, "server")
        user = 'user = "nobody"\ngroup = "nogroup"' if os.geteuid() == 0 else ""
        config = write(os.path.join(d, "hitch.conf"), HITCH.format(d=d, port=port, to=s.port(), user=user))
        with running("hitch", program, f"--config={config}"):
            check(s, connect_tls(port, d), port)
        s.stop()


def test_curl():
    """It sends the header itself, with both ends of its own connection; its request is the messages."""
    program = h.tool("curl")
    with h.Sockd([LISTENER], OUTPUTS) as s:
        # The answer, a receipt, is none for it.
        subprocess.run([program, "-sS", "--haproxy-protocol", f"http://127.0.0.1:{s.port()}/hello"],
                       capture_output=True, check=False, timeout=h.DEADLINE)
        record = h.wait_for(lambda: json_records(s), "a record")[0]
        assert record["message"] == "GET /hello HTTP/1.1", record
        assert record["peer_address"] == "127.0.0.1" and record["via_port"] == record["peer_port"], record
        assert record["local_port"] == s.port(), record
        s.stop()


if __name__ == "__main__":
    h.main()
