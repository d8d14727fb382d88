#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Listeners with "syslog = true": the header of each message gives fields in JSON and in the journal, where they take
the place of those of sockd. The message and the text record are as without. A message without a header is recorded and
counted; whatever bytes it has, it forges no field. A reload switches all of this."""

import json
import socket

import bus
import harness as h

h.in_namespace()

KEYS = ["time", "id", "listener", "protocol", "peer_address", "peer_port", "local_address", "local_port", "size"]
SSHD = b"<38>Nov 22 10:34:00 web1 sshd[4711]: Accepted publickey for admin"
CISCO = b"<189>123: *Mar  1 00:00:00.123 UTC: %SYS-5-CONFIG_I: Configured from console"
FULL = (b'<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog 12 ID47 [ex@32473 iut="3" a="\xc3\xa9\\"]'
        b'\x01"][b@32473] An entry').replace(b"]\x01", b"\\]\x01")
# Each with its fields: JSON, journal.
FIELDS = {
    SSHD: ({"syslog_severity": 6, "syslog_facility": 4, "syslog_time": "Nov 22 10:34:00", "syslog_host": "web1",
            "syslog_identifier": "sshd", "syslog_pid": "4711"},
           {b"PRIORITY": b"6", b"SYSLOG_FACILITY": b"4", b"SOCKD_SYSLOG_TIME": b"Nov 22 10:34:00",
            b"SOCKD_SYSLOG_HOST": b"web1", b"SYSLOG_IDENTIFIER": b"sshd", b"SYSLOG_PID": b"4711"}),
    CISCO: ({"syslog_severity": 5, "syslog_facility": 23, "syslog_time": "Mar  1 00:00:00.123 UTC",
             "syslog_identifier": "%SYS-5-CONFIG_I"},
            {b"PRIORITY": b"5", b"SYSLOG_FACILITY": b"23", b"SOCKD_SYSLOG_TIME": b"Mar  1 00:00:00.123 UTC",
             b"SYSLOG_IDENTIFIER": b"%SYS-5-CONFIG_I"}),
    FULL: ({"syslog_severity": 5, "syslog_facility": 20, "syslog_time": "2003-10-11T22:14:15.003Z",
            "syslog_host": "mymachine.example.com", "syslog_identifier": "evntslog", "syslog_pid": "12",
            "syslog_msgid": "ID47", "syslog_data": '[ex@32473 iut="3" a="é\\"\\]\x01"][b@32473]'},
           {b"PRIORITY": b"5", b"SYSLOG_FACILITY": b"20", b"SOCKD_SYSLOG_TIME": b"2003-10-11T22:14:15.003Z",
            b"SOCKD_SYSLOG_HOST": b"mymachine.example.com", b"SYSLOG_IDENTIFIER": b"evntslog", b"SYSLOG_PID": b"12",
            b"SOCKD_SYSLOG_MSGID": b"ID47",
            b"SOCKD_SYSLOG_DATA": b'[ex@32473 iut="3" a="\xc3\xa9\\"\\]\x01"][b@32473]'}),
    b"<191>": ({"syslog_severity": 7, "syslog_facility": 23}, {b"PRIORITY": b"7", b"SYSLOG_FACILITY": b"23"}),
}
# No header, or nearly one.
BAD = [b"hello world", b"<192>Nov 22 10:34:00 web1 sshd[1]: x", b"<1", b" ", b"\xff\n\0", b" <13>x"]
# With a header, and bytes that belong to no field of it.
HOSTILE = [b"<13>1 - a\nPRIORITY=0 - - - - x", b"<13>Nov 22 10:34:00 web1\nSYSLOG_IDENTIFIER=x y: z",
           b"<13>t[1\nPRIORITY=0]: x", b"<13>t\n: x", b'<13>Nov 22 10:34:00 ("a\\",b") c: x',
           b'<13>1 - - - - - [a b="\n\xff\nPRIORITY=0\n"] x', b"<13>" + b"a" * 60000 + b": x"]
JSON = {"path": "@DIR@/records.json", "format": "json"}


def counted(messages):
    return b"".join(b"%d %s" % (len(m), m) for m in messages)


def own(entry):
    """What the header has given an entry of the journal."""
    return {k: v for k, v in entry.items() if k.startswith((b"SYSLOG_", b"SOCKD_SYSLOG_")) or k == b"PRIORITY"}


def syslog_bad(b):
    return {row["listener"]: row["syslog_bad"] for row in b.rows("listeners")}


def test_fields():
    journald = h.Journald()
    outputs = [h.file(), h.file(**JSON), h.journal(when_full="wait")]
    with h.Sockd([h.tcp(framing="octet-counted", syslog=True)], outputs) as s, s.connect() as c:
        c.send(counted(FIELDS)).receipts(len(FIELDS))
        for found, sent, (fields, entry) in zip(h.json_records(s.path("records.json")), FIELDS, FIELDS.values()):
            assert list(found) == KEYS + list(fields) + ["message"], found
            assert found["message"].encode() == sent and {k: found[k] for k in fields} == fields, found
            of = journald.entry()
            assert own(of) == {b"SYSLOG_IDENTIFIER": b"sockd", **entry}, own(of)
            assert of[b"SOCKD_MESSAGE"] == sent and of[b"SOCKD_SYSLOG"] == b"1"
            assert h.unescape(of[b"MESSAGE"].partition(b" ")[2]) == sent
        assert [bytes(r) for r in s.records()] == list(FIELDS)
        s.stop()
    journald.close()


def test_no_header():
    journald = h.Journald()
    with bus.Bus() as b, h.Sockd([h.tcp(framing="octet-counted", syslog=True)],
                                 [h.file(**JSON), h.journal(when_full="wait")], env=b.env) as s, s.connect() as c:
        b.wait_owned()
        c.send(counted(BAD + [SSHD])).receipts(len(BAD) + 1)
        for found, sent in zip(h.json_records(s.path("records.json")), BAD):
            assert list(found)[:-1] == KEYS, found
            entry = journald.entry()
            assert own(entry) == {b"PRIORITY": b"6", b"SYSLOG_IDENTIFIER": b"sockd"}, entry
            assert entry[b"SOCKD_MESSAGE"] == sent
        assert b.rows("listeners")[0]["syslog"] is True
        assert syslog_bad(b) == {"tcp": len(BAD)} and b.rows("status")["syslog_bad"] == len(BAD)
        s.stop()
    journald.close()


def test_hostile_bytes():
    journald = h.Journald()
    with h.Sockd([h.tcp(framing="octet-counted", syslog=True)],
                 [h.file(**JSON), h.journal(when_full="wait")]) as s, s.connect() as c:
        c.send(counted(HOSTILE)).receipts(len(HOSTILE))
        with open(s.path("records.json"), "rb") as f:
            records = [json.loads(line) for line in f]
        assert len(records) == len(HOSTILE)
        for found, sent in zip(records, HOSTILE):
            entry = journald.entry()
            assert (found["syslog_severity"], entry[b"PRIORITY"]) == (5, b"5"), (found, entry)
            assert entry[b"SOCKD_MESSAGE"] == sent
            for key in set(own(entry)) - {b"PRIORITY", b"SYSLOG_FACILITY", b"SOCKD_SYSLOG_DATA"}:
                assert entry[key].decode("ascii").isprintable() and entry[key] in sent + b"sockd", (key, entry[key])
        assert [r.get("syslog_host") for r in records][4] == '("a\\",b")'
        assert entry[b"SYSLOG_IDENTIFIER"] == b"a" * 60000
        s.stop()
    journald.close()


def test_data_that_is_not_utf8():
    """In the journal as sent; in JSON it would be no text, and base64 has the whole message."""
    journald = h.Journald()
    sent = b'<13>1 - h a - - [a b="\xff"] x'
    with h.Sockd([h.tcp(syslog=True)], [h.file(**JSON), h.journal(when_full="wait")]) as s, s.connect() as c:
        c.send(sent + b"\n").receipts(1)
        (found,) = h.json_records(s.path("records.json"))
        assert found["syslog_host"] == "h" and "syslog_data" not in found and "message_base64" in found, found
        assert journald.entry()[b"SOCKD_SYSLOG_DATA"] == b'[a b="\xff"]'
        s.stop()
    journald.close()


def test_every_protocol():
    listeners = [h.tcp(syslog=True), h.udp(syslog=True)] + \
                [h.unix(kind, syslog=True) for kind in ("stream", "datagram", "seqpacket")]
    with bus.Bus() as b, h.Sockd(listeners, [h.file(**JSON)], env=b.env) as s:
        b.wait_owned()
        for name, c in [("tcp", s.connect()), ("udp", s.datagrams()), *((k, s.local(k)) for k in
                                                                        ("stream", "datagram", "seqpacket"))]:
            for text in (SSHD, b"none"):
                c.send(text + b"\n")
            h.wait_for(lambda n=name: syslog_bad(b)[n] == 1, f"the second message at {name}")
        h.wait_for(lambda: h.count_lines(s.path("records.json")) == 2 * len(listeners), "all records")
        for found in h.json_records(s.path("records.json")):
            assert found.get("syslog_pid") == (None if found["message"] == "none" else "4711"), found
        s.stop()


def test_parts():
    """A message that comes in parts, one that is cut, and one that silence ends."""
    listeners = [h.tcp(syslog=True, message_timeout=0), h.tcp(name="silent", syslog=True, message_timeout=0.2)]
    with h.Sockd(listeners, [h.file(**JSON)], top="limits: { message_size = 40; };") as s:
        with s.connect() as c:
            for byte in SSHD[:30] + b"\n":
                c.send(bytes([byte]))
                h.wait_for(lambda c=c: s.has_read_all(c), "sockd to read")
            c.send(SSHD + b"\n").receipts(2)
        with s.connect("silent") as c:
            c.send(SSHD[:39]).receipts(1)
        first, second, third = h.json_records(s.path("records.json"))
        assert first["syslog_host"] == "web1" and "syslog_pid" not in first, first
        assert second["syslog_pid"] == third["syslog_pid"] == "4711"
        assert second["truncated"] is True and third["timed_out"] is True
        s.stop()


def test_text_only():
    """The header is looked at, but for the count."""
    with bus.Bus() as b, h.Sockd([h.tcp(framing="octet-counted", syslog=True)], env=b.env) as s, s.connect() as c:
        b.wait_owned()
        c.send(counted(BAD + HOSTILE)).receipts(len(BAD) + len(HOSTILE))
        assert [bytes(r) for r in s.records()] == BAD + HOSTILE
        assert syslog_bad(b) == {"tcp": len(BAD)}
        s.stop()


def test_reload():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with h.Sockd([h.tcp(port=port)], [h.file(**JSON)]) as s, s.connect() as c:
        for on in (False, True, False):
            s.reload([h.tcp(port=port, syslog=on)], [h.file(**JSON)])
            c.send(SSHD + b"\n").receipts(1)
        assert ["syslog_host" in r for r in h.json_records(s.path("records.json"))] == [False, True, False]
        s.stop()


def test_config():
    for key, wanted in (("true", "syslog = true;"), ("false", "syslog = false;")):
        code, out, _ = h.run_sockd("--print-config", text=h.config_text([f'{{ protocol = "tcp"; syslog = {key}; }}']))
        assert code == 0 and wanted in out, out
    code, _, err = h.run_sockd("--check", text=h.config_text([h.tcp(syslog="yes")]))
    assert code == 78 and "syslog: wrong type, must be true or false, not a string" in err, err


if __name__ == "__main__":
    h.main()
