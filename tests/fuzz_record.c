/* SPDX-License-Identifier: MIT */
/*
 * Any message from any sender as a record in each format: it is as long as announced at most, and
 * read back it is the same message, with the fields of its syslog header where these are wanted. The
 * first 32 bytes choose the sender, the time and the id.
 */

#include "core/record.h"
#include "core/record_source.h"

#include "core/escape.h"
#include "core/macro.h"
#include "core/syslog_header.h"
#include "core/transport.h"
#include "ctl/log_entry.h"
#include "ctl/log_line.h"
#include "fuzz.h"
#include "journal_fields.h"
#include "json_read.h"
#include <inttypes.h>

#define HEAD_SIZE 32
#define CUT_OFF_MARK "\\[cut off]"
#define ENDS_EARLY 1
#define CUT 2
#define IS_V6 8
#define IS_SYSLOG 128
#define IS_TLS 1
#define HAS_CERTIFICATE 2
#define IS_VIA 4
/* The last microsecond of the year 9999. */
#define LAST UINT64_C(253402300799999999)

static const char *const listeners[] = { "a", "tcp", "name_with-every_kind-of-byte0123", "z9" };

typedef struct Sample {
        RecordSource source;
        char peer_text[RECORD_PEER_TEXT_MAX];
        char name[TLS_PEER_NAME_MAX + 1], fingerprint[TLS_PEER_FINGERPRINT_MAX + 1];
        TlsPeer tls;
        RecordVia via;
        RecordPacket packet;
        uint8_t options[RECORD_OPTIONS_MAX];
        RecordTime time;
        Id id;
        Message message;
        SyslogHeader syslog;
} Sample;

static Address make_address(bool v6, const uint8_t *bytes, uint16_t port) {
        union {
                struct sockaddr sa;
                struct sockaddr_in in;
                struct sockaddr_in6 in6;
        } s = { 0 };
        Address a;
        int r;

        if (v6) {
                s.in6.sin6_family = AF_INET6;
                s.in6.sin6_port = htons(port);
                memcpy(&s.in6.sin6_addr, bytes, sizeof(s.in6.sin6_addr));
        } else {
                s.in.sin_family = AF_INET;
                s.in.sin_port = htons(port);
                memcpy(&s.in.sin_addr, bytes, sizeof(s.in.sin_addr));
        }
        r = address_from_sockaddr(&s.sa, &a);
        assert(r == 0);
        return a;
}

static uint32_t make_number(const uint8_t *bytes) {
        return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
               bytes[3];
}

static void make_packet(Sample *s, const uint8_t *head) {
        s->packet = (RecordPacket){
                .ip_protocol = head[20],
                .ttl = head[21],
                .tos = head[22],
                .options_size = head[23] % (RECORD_OPTIONS_MAX + 1),
                .options = s->options,
        };
        for (size_t i = 0; i < RECORD_OPTIONS_MAX; i++)
                s->options[i] = (uint8_t)(head[i % HEAD_SIZE] + i);
        s->source.packet = &s->packet;
}

/* Who is at both ends, as far as the protocol has that. */
static void make_ends(Sample *s, const uint8_t *head) {
        RecordSource *source = &s->source;
        const uint32_t a = make_number(head + 12), b = make_number(head + 16);
        uint16_t port = (uint16_t)(head[2] << 8 | head[3]);

        switch (transport_of(source->protocol)->place) {
        case TRANSPORT_PORT:
                source->peer = make_address(head[0] & IS_V6, head + 12, port);
                source->local = make_address(head[0] & IS_V6, head + 16, (uint16_t)~port);
                break;
        case TRANSPORT_HOST:
                source->peer = make_address(head[0] & IS_V6, head + 12, 0);
                source->local = make_address(head[0] & IS_V6, head + 16, 0);
                make_packet(s, head);
                break;
        case TRANSPORT_PATH:
                source->peer = (Address){ .family = AF_UNIX, .process = { a, b, port } };
                source->security = head[20] & 1 ? "user_u:role_r:type_t:s0" : NULL;
                break;
        case TRANSPORT_CID:
                /* no end of a connection has any CID */
                source->peer = (Address){ .family = AF_VSOCK, .machine = { a % UINT32_MAX, b } };
                source->local = (Address){ .family = AF_VSOCK, .machine = { b % UINT32_MAX, a } };
                break;
        }
}

/* What the other side has shown, and what a proxy tells. */
static void make_identity(Sample *s, const uint8_t *head) {
        static const char plain[] = "aZ09._:/@*+-\\";
        const size_t n = head[20] % (TLS_PEER_NAME_MAX + 1);

        for (size_t i = 0; i < n; i++)
                s->name[i] = plain[(head[i % HEAD_SIZE] + i) % strlen(plain)];
        s->tls = (TlsPeer){ .version = "TLSv1.3", .name = "", .fingerprint = "" };
        s->via = (RecordVia){ .id = head[21] & 1 ? "\\x00" : "",
                              .tls = head[21] & 2 ? "TLSv1.2" : "",
                              .name = head[21] & 4 ? "a@b" : "",
                              .address = s->source.local };
        if (head[29] & IS_TLS)
                s->source.tls = &s->tls;
        if (head[29] & HAS_CERTIFICATE) {
                memset(s->fingerprint, "0123456789abcdef"[head[22] % 16], TLS_PEER_FINGERPRINT_MAX);
                s->tls.fingerprint = s->fingerprint;
                s->tls.name = s->name;
        }
        if (head[29] & IS_VIA)
                s->source.via = &s->via;
}

static const char *get_name(const RecordSource *s) {
        if (s->tls && *s->tls->fingerprint)
                return s->tls->name;
        return s->via ? s->via->name : "";
}

static void make_peer_text(Sample *s) {
        RecordSource *source = &s->source;
        char *p = s->peer_text;

        if (source->tls && *s->tls.name)
                p = stpcpy(stpcpy(p, s->tls.name), "@");
        if (source->packet)
                p += address_format_host(&source->peer, p);
        else
                p += address_format(&source->peer, p);
        source->peer_text_size = (size_t)(p - s->peer_text);
}

static void make_sample(Sample *s, const uint8_t *head, const char *message, size_t size) {
        uint64_t usec;

        memcpy(&usec, head + 4, sizeof(usec));
        usec = le64toh(usec);
        *s = (Sample){
                .source = {
                        .listener = listeners[head[0] / 16 % ELEMENTSOF(listeners)],
                        .protocol = (Protocol)(head[31] % PROTOCOL_MAX_),
                        .peer_text = s->peer_text,
                        .ending = !(head[0] & ENDS_EARLY) ? RECORD_WHOLE
 : head[3] & 1 ? RECORD_CUT_OFF : RECORD_TIMED_OUT,
                },
                .message = { .data = message, .size = size, .true_size = size },
        };
        make_ends(s, head);
        if (transport_has_proxies(s->source.protocol))
                make_identity(s, head);
        make_peer_text(s);
        (void)syslog_header_parse(message, size, &s->syslog);
        if (head[30] & IS_SYSLOG)
                s->source.syslog = &s->syslog;
        if (head[0] & CUT)
                s->message.true_size += usec % 2 ? 1 + usec % 100 : UINT64_MAX - size;
        record_time_set(&s->time, usec % (LAST + 1));
        id_init(&s->id, UINT64_C(1795343640123), (uint32_t)usec, head[0] / 64);
        for (unsigned i = 0; i < head[1] * 11U; i++)
                id_next(&s->id);
}

/* For free(). It is as long as the quick bound and the closer one allow, and no longer than any. */
static char *write_record(const Sample *s, Format format, size_t *ret_size) {
        RecordHead head;
        size_t quick, closer;
        char *record;

        memset(&head, 0xa5, sizeof(head));
        record_head(&head, format, &s->source, &s->time);
        quick = record_size_base(&head) + record_size_per_byte(format, &head) * s->message.size;
        closer = record_size(format, &head, &s->id, &s->message);
        assert(quick <= record_size_limit(format, s->message.size));

        record = exactly(MIN(quick, closer));
        *ret_size = record_write(format, &head, &s->id, &s->message, record);
        assert(*ret_size <= MIN(quick, closer));
        return record;
}

/* Takes TEXT off the front of what is left. */
static void take(const char **p, const char *end, const char *text, size_t size) {
        assert((size_t)(end - *p) >= size && memcmp(*p, text, size) == 0);
        *p += size;
}

/* TEXT is the message, escaped; if it was cut, that is said behind it, in a way that no peer can imitate. */
static void check_escaped(const Sample *s, const char *text, size_t size) {
        char mark[64], *back = exactly(size);
        size_t back_size;
        int n = snprintf(mark, sizeof(mark), "\\[truncated %" PRIu64 " bytes]",
                         s->message.true_size);
        int r;

        if (s->source.ending == RECORD_CUT_OFF) {
                assert(size >= strlen(CUT_OFF_MARK) &&
                       memcmp(text + size - strlen(CUT_OFF_MARK), CUT_OFF_MARK,
                              strlen(CUT_OFF_MARK)) == 0);
                size -= strlen(CUT_OFF_MARK);
        }
        if (s->message.true_size > s->message.size) {
                assert(size >= (size_t)n && memcmp(text + size - n, mark, (size_t)n) == 0);
                size -= (size_t)n;
        }
        r = escape_undo(back, text, size, &back_size);
        assert(r == 0);
        assert(back_size == s->message.size);
        assert(memcmp(back, s->message.data, back_size) == 0);
        free(back);
}

/* Read back from the line of a file, it is what it was; a text line tells less of it. */
static void check_line(const Sample *s, Format format, const char *record, size_t size) {
        char *message = exactly(size), *line = exactly(size - 1);
        const bool all = format == FORMAT_JSON;
        LogEntry e;
        bool ok;

        memcpy(line, record, size - 1);
        ok = log_line_parse(line, size - 1, message, &e);
        assert(ok && e.format == format);
        assert(e.usec == s->time.usec);
        assert(e.id.size == s->id.size && memcmp(e.id.text, s->id.text, e.id.size) == 0);
        assert(strcmp(e.listener, s->source.listener) == 0);
        assert(strcmp(e.peer_text, s->peer_text) == 0);
        assert(strcmp(e.peer_name,
                      all || (s->source.tls && *s->tls.name) ? get_name(&s->source) : "") == 0);
        assert(e.protocol == (all ? s->source.protocol : PROTOCOL_MAX_));
        assert(e.ending ==
               (all || s->source.ending == RECORD_CUT_OFF ? s->source.ending : RECORD_WHOLE));
        assert(e.message.true_size == s->message.true_size && e.message.size == s->message.size);
        assert(e.message.size == 0 || memcmp(e.message.data, s->message.data, e.message.size) == 0);
        assert(all || e.peer.family != AF_UNIX || e.peer.process.pid == s->source.peer.process.pid);
        assert(!all || (s->source.packet ? address_same_host(&e.peer, &s->source.peer)
                                         : address_equal(&e.peer, &s->source.peer)));
        free(line);
        free(message);
}

static void check_text(const Sample *s) {
        size_t size;
        char *record = write_record(s, FORMAT_TEXT, &size);
        const char *p = record, *end = record + size - 1;

        assert(memchr(record, '\n', size) == end);
        take(&p, end, s->time.text, RECORD_TIME_SIZE);
        take(&p, end, " ", 1);
        take(&p, end, s->source.listener, strlen(s->source.listener));
        take(&p, end, " ", 1);
        take(&p, end, s->peer_text, s->source.peer_text_size);
        take(&p, end, " ", 1);
        take(&p, end, s->id.text, s->id.size);
        take(&p, end, " ", 1);
        check_escaped(s, p, (size_t)(end - p));
        check_line(s, FORMAT_TEXT, record, size);
        free(record);
}

static void check_json_text(JsonReader *j, const char *key, const char *text, size_t size) {
        char *back = exactly((size_t)(j->end - j->p));

        json_read_key(j, key);
        assert(json_read_string(j, back) == size);
        assert(memcmp(back, text, size) == 0);
        free(back);
}

static void check_json_number(JsonReader *j, const char *key, uint64_t n) {
        json_read_char(j, ',');
        json_read_key(j, key);
        assert(json_read_number(j) == n);
}

static void check_json_true(JsonReader *j, const char *key, bool expected) {
        if (!expected)
                return;

        json_read_char(j, ',');
        json_read_key(j, key);
        assert(json_read_bool(j));
}

/* RFC 4648, with padding, bit by bit. Returns the size. */
static size_t undo_base64(const char *text, size_t size, char *dst) {
        static const char digits[] =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        unsigned bits = 0, n_bits = 0;
        size_t n = 0;

        assert(size % 4 == 0);
        for (size_t i = 0; i < size && text[i] != '='; i++) {
                const char *digit = memchr(digits, text[i], 64);

                assert(digit);
                bits = (bits << 6 | (unsigned)(digit - digits)) & 0xfff;
                n_bits += 6;
                if (n_bits >= 8) {
                        n_bits -= 8;
                        dst[n++] = (char)(bits >> n_bits & 0xff);
                }
        }
        assert((bits & ((1U << n_bits) - 1)) == 0);
        assert(size == ESCAPE_BASE64_SIZE(n));
        return n;
}

static void check_json_message(JsonReader *j, const Message *m) {
        char *text = exactly((size_t)(j->end - j->p)), *back = exactly((size_t)(j->end - j->p));
        size_t n;

        json_read_char(j, ',');
        if (escape_is_utf8(m->data, m->size)) {
                check_json_text(j, "message", m->data, m->size);
        } else {
                json_read_key(j, "message_base64");
                n = json_read_string(j, text);
                n = undo_base64(text, n, back);
                assert(n == m->size && memcmp(back, m->data, n) == 0);
        }
        free(back);
        free(text);
}

/* PORT_KEY: NULL if there is none. */
static void check_json_address(JsonReader *j, const char *host_key, const char *port_key,
                               const Address *a) {
        char host[ADDRESS_TEXT_MAX];
        size_t size = address_format_host(a, host);

        json_read_char(j, ',');
        check_json_text(j, host_key, host, size);
        if (port_key)
                check_json_number(j, port_key, address_port(a));
}

static void check_json_process(JsonReader *j, const RecordSource *s) {
        const AddressProcess *process = &s->peer.process;

        if (process->uid != ADDRESS_ID_UNKNOWN)
                check_json_number(j, "peer_uid", process->uid);
        if (process->gid != ADDRESS_ID_UNKNOWN)
                check_json_number(j, "peer_gid", process->gid);
        check_json_number(j, "peer_pid", process->pid);
        if (!s->security)
                return;

        json_read_char(j, ',');
        check_json_text(j, "peer_security", s->security, strlen(s->security));
}

static void check_json_packet(JsonReader *j, const RecordPacket *p) {
        char hex[2 * RECORD_OPTIONS_MAX + 1] = "";

        check_json_number(j, "ip_protocol", p->ip_protocol);
        check_json_number(j, "ttl", p->ttl);
        check_json_number(j, "tos", p->tos);
        if (p->options_size == 0)
                return;

        for (size_t i = 0; i < p->options_size; i++)
                (void)snprintf(hex + 2 * i, 3, "%02x", p->options[i]);
        json_read_char(j, ',');
        check_json_text(j, "ip_options", hex, strlen(hex));
}

static void check_json_ends(JsonReader *j, const RecordSource *s) {
        const bool has_ports = transport_has_ports(s->protocol);

        check_json_address(j, "peer_address", has_ports ? "peer_port" : NULL, &s->peer);
        if (transport_has_path(s->protocol))
                check_json_process(j, s);
        else
                check_json_address(j, "local_address", has_ports ? "local_port" : NULL, &s->local);
        if (s->packet)
                check_json_packet(j, s->packet);
}

static void check_json_word(JsonReader *j, const char *key, const char *text) {
        if (!*text)
                return;

        json_read_char(j, ',');
        check_json_text(j, key, text, strlen(text));
}

static void check_json_identity(JsonReader *j, const RecordSource *s) {
        check_json_word(j, "peer_name", get_name(s));
        if (s->tls) {
                check_json_word(j, "peer_fingerprint", s->tls->fingerprint);
                check_json_word(j, "tls", s->tls->version);
        }
        if (!s->via)
                return;

        check_json_address(j, "via_address", "via_port", &s->via->address);
        check_json_word(j, "via_id", s->via->id);
        check_json_word(j, "via_tls", s->via->tls);
}

static void check_json_syslog(JsonReader *j, const SyslogHeader *h) {
        static const char *const keys[SYSLOG_HEADER_MAX_] = { "syslog_time",       "syslog_host",
                                                              "syslog_identifier", "syslog_pid",
                                                              "syslog_msgid",      "syslog_data" };

        if (h->priority != SYSLOG_HEADER_NO_PRIORITY) {
                check_json_number(j, "syslog_severity", (uint64_t)h->priority % 8);
                check_json_number(j, "syslog_facility", (uint64_t)h->priority / 8);
        }
        for (SyslogField f = 0; f < SYSLOG_HEADER_MAX_; f++) {
                const SyslogText *t = &h->fields[f];

                if (t->size == 0 || !escape_is_utf8(t->data, t->size))
                        continue;
                json_read_char(j, ',');
                check_json_text(j, keys[f], t->data, t->size);
        }
}

static void check_json(const Sample *s) {
        const char *protocol = protocol_text(s->source.protocol);
        size_t size;
        char *record = write_record(s, FORMAT_JSON, &size);
        JsonReader j = { record, record + size };

        assert(memchr(record, '\n', size) == record + size - 1);
        json_read_char(&j, '{');
        check_json_text(&j, "time", s->time.text, RECORD_TIME_SIZE);
        json_read_char(&j, ',');
        check_json_text(&j, "id", s->id.text, s->id.size);
        json_read_char(&j, ',');
        check_json_text(&j, "listener", s->source.listener, strlen(s->source.listener));
        json_read_char(&j, ',');
        check_json_text(&j, "protocol", protocol, strlen(protocol));
        check_json_ends(&j, &s->source);
        check_json_identity(&j, &s->source);
        check_json_true(&j, "timed_out", s->source.ending == RECORD_TIMED_OUT);
        check_json_number(&j, "size", s->message.true_size);
        check_json_true(&j, "truncated", s->message.true_size > s->message.size);
        check_json_true(&j, "cut_off", s->source.ending == RECORD_CUT_OFF);
        if (s->source.syslog)
                check_json_syslog(&j, s->source.syslog);
        check_json_message(&j, &s->message);
        json_read_char(&j, '}');
        json_read_space(&j);
        assert(j.p == j.end);
        check_line(s, FORMAT_JSON, record, size);
        free(record);
}

/* What sockctl log prints of the entry is what a file would have been given at once. */
static void check_again(const Sample *s, const LogEntry *e, Format format) {
        size_t size, again_size, buf_size = 0;
        char *record = write_record(s, format, &size);
        char *again = NULL;
        int r = log_entry_format(e, format, &again, &buf_size, &again_size);

        assert(r == 0);
        assert(again_size == size && memcmp(again, record, size) == 0);
        free(again);
        free(record);
}

static void check_field(const char *name, const char *value, size_t size) {
        const JournalField *f = journal_field(name, strlen(name));

        if (size == 0) {
                assert(!f);
                return;
        }
        assert(f && f->size == f->name_size + 1 + size);
        assert(memcmp(f->text + f->name_size + 1, value, size) == 0);
}

static void check_number_field(const char *name, int value) {
        char text[16];

        check_field(name, text, (size_t)snprintf(text, sizeof(text), "%d", value));
}

static void check_journal_syslog(const SyslogHeader *h) {
        static const char *const names[SYSLOG_HEADER_MAX_] = {
                "SOCKD_SYSLOG_TIME", "SOCKD_SYSLOG_HOST",  "SYSLOG_IDENTIFIER",
                "SYSLOG_PID",        "SOCKD_SYSLOG_MSGID", "SOCKD_SYSLOG_DATA",
        };
        const SyslogText sockd = { "sockd", strlen("sockd") };

        check_number_field("PRIORITY",
                           h && h->priority != SYSLOG_HEADER_NO_PRIORITY ? h->priority % 8 : 6);
        if (h && h->priority != SYSLOG_HEADER_NO_PRIORITY)
                check_number_field("SYSLOG_FACILITY", h->priority / 8);
        else
                check_field("SYSLOG_FACILITY", NULL, 0);
        for (SyslogField f = 0; f < SYSLOG_HEADER_MAX_; f++) {
                SyslogText t = h ? h->fields[f] : (SyslogText){ NULL, 0 };

                if (f == SYSLOG_HEADER_IDENTIFIER && t.size == 0)
                        t = sockd;
                check_field(names[f], t.data, t.size);
        }
}

static void check_journal(const Sample *s) {
        size_t size, skip = s->source.peer_text_size + 1;
        char *record = write_record(s, FORMAT_JOURNAL, &size);
        const JournalField *line;
        LogEntry e;
        int r;

        journal_read(record, size);
        free(record);
        line = journal_field("MESSAGE", 7);
        assert(line && line->size >= 8 + skip);
        assert(memcmp(line->text + 8, s->peer_text, skip - 1) == 0 && line->text[7 + skip] == ' ');
        check_escaped(s, line->text + 8 + skip, line->size - 8 - skip);

        check_journal_syslog(s->source.syslog);
        r = log_entry_read(NULL, &e);
        assert(r == 1);
        assert(e.usec == s->time.usec && e.ending == s->source.ending);
        assert(address_equal(&e.peer, &s->source.peer));
        assert(address_equal(&e.local, &s->source.local));
        assert(e.message.size == s->message.size && e.message.true_size == s->message.true_size);
        assert(memcmp(e.message.data, s->message.data, e.message.size) == 0);
        check_again(s, &e, FORMAT_TEXT);
        check_again(s, &e, FORMAT_JSON);
        journal_fields_done();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        Sample s;

        if (size < HEAD_SIZE)
                return 0;

        make_sample(&s, data, (const char *)data + HEAD_SIZE, size - HEAD_SIZE);
        check_text(&s);
        check_json(&s);
        check_journal(&s);
        return 0;
}
