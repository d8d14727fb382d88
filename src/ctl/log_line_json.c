/* SPDX-License-Identifier: MIT */
/* Lines of JSON. Keys that are not known here belong to readers of the file, and are passed over. */

#include "core/escape.h"
#include "core/macro.h"
#include "ctl/json_scan.h"
#include "ctl/log_line.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* What every record has, and what only some have. */
typedef struct Fields {
        bool time, id, listener, protocol, peer, size, message;
        char host[ADDRESS_TEXT_MAX];
        bool has_port, has_pid, has_fingerprint;
        uint64_t port, uid, gid, pid;
        LogEntry *entry;
        char *buffer; /* for the message */
} Fields;

typedef struct Key {
        const char *name;
        int (*take)(const JsonMember *m, Fields *f);
} Key;

/* A string that fits, terminated. Nothing that is shorter when it is read can be too long before. */
static int take_text(const JsonMember *m, char *buf, size_t buf_size) {
        size_t n;
        int r;

        if (m->value_size >= buf_size)
                return -EBADMSG;
        r = json_scan_string(m, buf, &n);
        if (r < 0)
                return r;
        buf[n] = '\0';
        return memchr(buf, '\0', n) ? -EBADMSG : 0;
}

static int take_time(const JsonMember *m, Fields *f) {
        f->time = m->kind == JSON_SCAN_STRING &&
                  log_line_parse_time(m->value, m->value_size, &f->entry->usec);
        return f->time ? 0 : -EBADMSG;
}

static int take_id(const JsonMember *m, Fields *f) {
        f->id = m->kind == JSON_SCAN_STRING &&
                log_line_set_id(&f->entry->id, m->value, m->value_size);
        return f->id ? 0 : -EBADMSG;
}

static int take_listener(const JsonMember *m, Fields *f) {
        f->listener = m->kind == JSON_SCAN_STRING &&
                      log_line_set_listener(f->entry, m->value, m->value_size);
        return f->listener ? 0 : -EBADMSG;
}

static int take_protocol(const JsonMember *m, Fields *f) {
        for (Protocol p = 0; p < PROTOCOL_MAX_ && m->kind == JSON_SCAN_STRING; p++)
                if (strlen(protocol_text(p)) == m->value_size &&
                    memcmp(protocol_text(p), m->value, m->value_size) == 0) {
                        f->entry->protocol = p;
                        f->protocol = true;
                        return 0;
                }
        return -EBADMSG;
}

static int take_peer(const JsonMember *m, Fields *f) {
        f->peer = true;
        return take_text(m, f->host, sizeof(f->host));
}

static int take_name(const JsonMember *m, Fields *f) {
        char name[2 * TLS_PEER_NAME_MAX + 1]; /* each byte may be a backslash, which is doubled */
        int r = take_text(m, name, sizeof(name));

        if (r < 0)
                return r;
        return log_line_set_name(f->entry, name, strlen(name)) ? 0 : -EBADMSG;
}

static int take_fingerprint(const JsonMember *m, Fields *f) {
        f->has_fingerprint = m->kind == JSON_SCAN_STRING;
        return f->has_fingerprint ? 0 : -EBADMSG;
}

static int take_port(const JsonMember *m, Fields *f) {
        f->has_port = true;
        return json_scan_number(m, UINT32_MAX, &f->port);
}

static int take_pid(const JsonMember *m, Fields *f) {
        f->has_pid = true;
        return json_scan_number(m, UINT32_MAX, &f->pid);
}

static int take_uid(const JsonMember *m, Fields *f) {
        return json_scan_number(m, UINT32_MAX, &f->uid);
}

static int take_gid(const JsonMember *m, Fields *f) {
        return json_scan_number(m, UINT32_MAX, &f->gid);
}

static int take_size(const JsonMember *m, Fields *f) {
        f->size = true;
        return json_scan_number(m, UINT64_MAX, &f->entry->message.true_size);
}

static int take_timed_out(const JsonMember *m, Fields *f) {
        if (m->kind == JSON_SCAN_TRUE && f->entry->ending == RECORD_WHOLE)
                f->entry->ending = RECORD_TIMED_OUT;
        return 0;
}

static int take_cut_off(const JsonMember *m, Fields *f) {
        if (m->kind == JSON_SCAN_TRUE)
                f->entry->ending = RECORD_CUT_OFF;
        return 0;
}

/* It is no longer than what it is read from. */
static int take_message(const JsonMember *m, Fields *f) {
        Message *message = &f->entry->message;

        f->message = true;
        message->data = f->buffer;
        return json_scan_string(m, f->buffer, &message->size);
}

static int base64_value(char c) {
        if (c >= 'A' && c <= 'Z')
                return c - 'A';
        if (c >= 'a' && c <= 'z')
                return c - 'a' + 26;
        if (c >= '0' && c <= '9')
                return c - '0' + 52;
        return c == '+' ? 62 : c == '/' ? 63 : -EBADMSG;
}

/* RFC 4648, with padding. */
static int take_base64(const JsonMember *m, Fields *f) {
        Message *message = &f->entry->message;
        size_t n = m->value_size, size = 0;
        unsigned bits = 0, n_bits = 0;

        if (m->kind != JSON_SCAN_STRING || n % 4 != 0)
                return -EBADMSG;
        for (unsigned i = 0; i < 2 && n > 0 && m->value[n - 1] == '='; i++)
                n--;

        for (size_t i = 0; i < n; i++) {
                int v = base64_value(m->value[i]);

                if (v < 0)
                        return v;
                bits = (bits << 6 | (unsigned)v) & 0xffff;
                n_bits += 6;
                if (n_bits >= 8) {
                        n_bits -= 8;
                        f->buffer[size++] = (char)(bits >> n_bits & 0xff);
                }
        }
        f->message = true;
        message->data = f->buffer;
        message->size = size;
        return 0;
}

static const Key keys[] = {
        { "time", take_time },           { "id", take_id },
        { "listener", take_listener },   { "protocol", take_protocol },
        { "peer_address", take_peer },   { "peer_port", take_port },
        { "peer_uid", take_uid },        { "peer_gid", take_gid },
        { "peer_pid", take_pid },        { "size", take_size },
        { "timed_out", take_timed_out }, { "cut_off", take_cut_off },
        { "message", take_message },     { "message_base64", take_base64 },
        { "peer_name", take_name },      { "peer_fingerprint", take_fingerprint },
};

static int take_member(const JsonMember *m, Fields *f) {
        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                if (json_scan_is(m, keys[i].name))
                        return keys[i].take(m, f);
        return 0;
}

static int print_address(const Fields *f, char *text, size_t size) {
        const bool is_v6 = strchr(f->host, ':') && strncmp(f->host, "vsock:", 6) != 0;

        if (f->has_pid)
                return snprintf(text, size, "%s/pid:%" PRIu64, f->host, f->pid);
        if (f->has_port && strcmp(f->host, "-") != 0)
                return snprintf(text, size, is_v6 ? "[%s]:%" PRIu64 : "%s:%" PRIu64, f->host,
                                f->port);
        return snprintf(text, size, "%s", f->host);
}

/* What text records call the peer; it is parsed as such. */
static bool set_peer(const Fields *f) {
        char text[RECORD_PEER_TEXT_MAX + ADDRESS_TEXT_MAX];
        LogEntry *e = f->entry;
        int name = 0, n;

        if (f->has_fingerprint && *e->peer_name) /* not one that a proxy tells */
                name = snprintf(text, sizeof(text), "%s@", e->peer_name);
        n = name + print_address(f, text + name, sizeof(text) - (size_t)name);
        if (!log_line_set_peer(e, text, (size_t)n, (size_t)name))
                return false;
        if (e->peer.family == AF_UNIX) {
                e->peer.process.uid = (uint32_t)f->uid;
                e->peer.process.gid = (uint32_t)f->gid;
        }
        return true;
}

/* It may be printed as it is: what is not printable, sockd has escaped. */
static bool is_printable(const char *line, size_t size) {
        size_t backslashes = 0;

        for (const char *p = line; (p = memchr(p, '\\', (size_t)(line + size - p))); p++)
                backslashes++;
        return escape_text_size(line, size) == size + backslashes;
}

bool log_line_parse_json(const char *line, size_t size, char *message, LogEntry *ret) {
        Fields f = {
                .uid = ADDRESS_ID_UNKNOWN,
                .gid = ADDRESS_ID_UNKNOWN,
                .entry = ret,
                .buffer = message,
        };
        JsonMember member;
        JsonScan scan;
        int r;

        ret->ending = RECORD_WHOLE;
        r = json_scan_begin(&scan, line, size);
        while (r >= 0 && (r = json_scan_next(&scan, &member)) > 0)
                r = take_member(&member, &f);
        return r >= 0 && f.time && f.id && f.listener && f.protocol && f.peer && f.size &&
               f.message && ret->message.true_size >= ret->message.size && set_peer(&f) &&
               is_printable(line, size);
}
