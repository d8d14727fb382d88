/* SPDX-License-Identifier: MIT */
/* Entries as records again. A line in the wanted format is left as it is. */

#include "ctl/log_entry.h"

#include "core/macro.h"
#include "core/syslog_header.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define NAME_KEY ",\"peer_name\":\""
#define NAME_SIZE (sizeof(NAME_KEY) + 2 * (size_t)TLS_PEER_NAME_MAX + 1)

static int reserve(char **buf, size_t *buf_size, size_t size) {
        char *bigger;

        if (size <= *buf_size)
                return 0;

        bigger = realloc(*buf, size);
        if (!bigger)
                return -ENOMEM;
        *buf = bigger;
        *buf_size = size;
        return 0;
}

static int copy_line(const LogEntry *e, char **buf, size_t *buf_size, size_t *ret_size) {
        int r = reserve(buf, buf_size, e->line_size + 1);

        if (r < 0)
                return r;
        memcpy(*buf, e->line, e->line_size);
        (*buf)[e->line_size] = '\n';
        *ret_size = e->line_size + 1;
        return 0;
}

static void make_head(const LogEntry *e, Format format, const SyslogHeader *syslog,
                      RecordHead *head) {
        const TlsPeer tls = {
                .version = e->tls,
                .name = e->peer_name,
                .fingerprint = e->peer_fingerprint,
        };
        const RecordVia via = {
                .address = e->via,
                .id = e->via_id,
                .tls = e->via_tls,
                .name = e->peer_name,
        };
        const RecordPacket packet = {
                .ip_protocol = e->packet.ip_protocol,
                .ttl = e->packet.ttl,
                .tos = e->packet.tos,
                .options_size = e->packet.options_size,
                .options = e->options,
        };
        const RecordSource source = {
                .listener = e->listener,
                .protocol = e->protocol,
                .peer = e->peer,
                .local = e->local,
                .peer_text = e->peer_text,
                .peer_text_size = strlen(e->peer_text),
                .tls = *e->tls ? &tls : NULL,
                .via = e->has_via ? &via : NULL,
                .packet = e->has_packet ? &packet : NULL,
                .security = *e->security ? e->security : NULL,
                .syslog = syslog,
                .ending = e->ending,
        };
        RecordTime time = { 0 };

        record_time_set(&time, e->usec);
        record_head(head, format, &source, &time);
}

/* What a text line says of the peer behind its address. */
static void print_peer(const LogEntry *e, char *buf, size_t size) {
        *buf = '\0';
        if (e->peer.family == AF_UNIX && e->peer.process.uid != ADDRESS_ID_UNKNOWN)
                (void)snprintf(buf, size, ",\"peer_uid\":%" PRIu32 ",\"peer_pid\":%" PRIu32,
                               e->peer.process.uid, e->peer.process.pid);
        else if (e->peer.family == AF_UNIX)
                (void)snprintf(buf, size, ",\"peer_pid\":%" PRIu32, e->peer.process.pid);
        else if (!e->has_packet && e->peer.family != AF_UNSPEC)
                (void)snprintf(buf, size, ",\"peer_port\":%" PRIu32, address_port(&e->peer));
}

/* A backslash, which begins an escape, is doubled. */
static void print_name(const LogEntry *e, char buf[static NAME_SIZE]) {
        char *p = buf;

        if (*e->peer_name)
                p = stpcpy(p, NAME_KEY);
        for (const char *s = e->peer_name; *s; s++) {
                if (*s == '\\')
                        *p++ = '\\';
                *p++ = *s;
        }
        if (*e->peer_name)
                *p++ = '"';
        *p = '\0';
}

/* As record_head() would, of what is known. */
static void make_short_head(const LogEntry *e, RecordHead *head) {
        char host[ADDRESS_TEXT_MAX], peer[64], name[NAME_SIZE];
        RecordTime time = { 0 };

        record_time_set(&time, e->usec);
        (void)address_format_host(&e->peer, host);
        print_peer(e, peer, sizeof(peer));
        print_name(e, name);
        *head = (RecordHead){ .cut_off = e->ending == RECORD_CUT_OFF };
        head->split = (uint16_t)snprintf(head->text, RECORD_HEAD_MAX,
                                         "{\"time\":\"%.*s\",\"id\":\"", RECORD_TIME_SIZE,
                                         time.text);
        head->size = (uint16_t)(head->split +
                                snprintf(head->text + head->split, RECORD_HEAD_MAX - head->split,
                                         "\",\"listener\":\"%s\",\"peer_address\":\"%s\"%s%s,"
                                         "\"size\":",
                                         e->listener, host, peer, name));
}

int log_entry_format(const LogEntry *e, Format format, char **buf, size_t *buf_size,
                     size_t *ret_size) {
        SyslogHeader syslog;
        RecordHead head;
        int r;

        if (e->format == format)
                return copy_line(e, buf, buf_size, ret_size);

        if (e->is_syslog)
                (void)syslog_header_parse(e->message.data, e->message.size, &syslog);
        if (e->format == FORMAT_TEXT)
                make_short_head(e, &head);
        else
                make_head(e, format, e->is_syslog ? &syslog : NULL, &head);
        r = reserve(buf, buf_size, record_size(format, &head, &e->id, &e->message));
        if (r < 0)
                return r;
        *ret_size = record_write(format, &head, &e->id, &e->message, *buf);
        return 0;
}
