/* SPDX-License-Identifier: MIT */
/* The fields of the journal are untrusted: each is validated. */

#include "ctl/log_entry.h"

#include "core/macro.h"
#include <errno.h>
#include <string.h>
#include <systemd/sd-journal.h>

#define PORT_MAX 65535
#define FIELD_MAX 256
#define NAME_BYTES "abcdefghijklmnopqrstuvwxyz0123456789_-"
#define PLAIN_BYTES "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/@*+-\\"
#define ID_BYTES "abcdefghijklmnopqrstuvwxyz0123456789-"

/* The value of a field, not terminated. Returns 1, 0 when there is none, or negative errno. */
static int get_data(sd_journal *j, const char *field, const char **ret, size_t *ret_size) {
        size_t name = strlen(field) + 1;
        const void *data;
        size_t size;
        int r = sd_journal_get_data(j, field, &data, &size);

        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return r;
        if (size < name)
                return 0;

        *ret = (const char *)data + name;
        *ret_size = size - name;
        return 1;
}

/* A short text. */
static int get_text(sd_journal *j, const char *field, char *buf, size_t buf_size) {
        const char *data;
        size_t size;
        int r = get_data(j, field, &data, &size);

        if (r <= 0)
                return r;
        if (size >= buf_size || memchr(data, '\0', size))
                return 0;

        memcpy(buf, data, size);
        buf[size] = '\0';
        return 1;
}

static int get_number(sd_journal *j, const char *field, uint64_t max, uint64_t *ret) {
        char text[FIELD_MAX], *end;
        int r = get_text(j, field, text, sizeof(text));

        if (r <= 0)
                return r;

        errno = 0;
        *ret = strtoull(text, &end, 10);
        return errno == 0 && *text >= '0' && *text <= '9' && !*end && *ret <= max;
}

/* The interface of a link-local address may no longer exist. */
static bool parse_host(char *text, uint16_t port, Address *ret) {
        int r = address_parse(text, port, ret);

        if (r == -ENODEV) {
                *strchrnul(text, '%') = '\0';
                r = address_parse(text, port, ret);
        }
        return r >= 0;
}

static int get_address(sd_journal *j, const char *host_field, const char *port_field,
                       Address *ret) {
        char text[ADDRESS_TEXT_MAX];
        uint64_t port;
        int r = get_text(j, host_field, text, sizeof(text));

        if (r > 0)
                r = get_number(j, port_field, PORT_MAX, &port);
        return r <= 0 ? r : parse_host(text, (uint16_t)port, ret);
}

static int get_id(sd_journal *j, Id *ret) {
        char text[ID_TEXT_MAX + 1];
        int r = get_text(j, "SOCKD_ID", text, sizeof(text));
        size_t size;

        if (r <= 0)
                return r;

        size = strlen(text);
        if (size == 0 || strspn(text, ID_BYTES) != size)
                return 0;

        *ret = (Id){ .size = (uint8_t)size };
        memcpy(ret->text, text, size);
        return 1;
}

static int get_protocol(sd_journal *j, Protocol *ret) {
        char text[FIELD_MAX];
        int r = get_text(j, "SOCKD_PROTOCOL", text, sizeof(text));

        if (r <= 0)
                return r;

        for (Protocol p = 0; p < PROTOCOL_MAX_; p++)
                if (strcmp(text, protocol_text(p)) == 0) {
                        *ret = p;
                        return 1;
                }
        return 0;
}

static int get_source(sd_journal *j, LogEntry *e) {
        int r = get_text(j, "SOCKD_LISTENER", e->listener, sizeof(e->listener));

        if (r > 0 && (!*e->listener || e->listener[strspn(e->listener, NAME_BYTES)]))
                r = 0;
        if (r > 0)
                r = get_protocol(j, &e->protocol);
        if (r > 0)
                r = get_address(j, "SOCKD_PEER_ADDRESS", "SOCKD_PEER_PORT", &e->peer);
        if (r > 0)
                r = get_address(j, "SOCKD_LOCAL_ADDRESS", "SOCKD_LOCAL_PORT", &e->local);
        if (r > 0)
                (void)address_format(&e->peer, e->peer_text);
        return r;
}

/* As proxy.h leaves texts: the record's JSON relies on it. */
static int get_plain(sd_journal *j, const char *field, char *buf, size_t buf_size) {
        int r;

        *buf = '\0';
        r = get_text(j, field, buf, buf_size);
        if (r > 0 && buf[strspn(buf, PLAIN_BYTES)])
                *buf = '\0';
        return MIN(r, 0);
}

/* Only behind a proxy. */
static int get_via(sd_journal *j, LogEntry *e) {
        int r = get_address(j, "SOCKD_VIA_ADDRESS", "SOCKD_VIA_PORT", &e->via);

        e->has_via = r > 0;
        if (r <= 0)
                return r;

        r = get_plain(j, "SOCKD_VIA_ID", e->via_id, sizeof(e->via_id));
        if (r >= 0)
                r = get_plain(j, "SOCKD_VIA_TLS", e->via_tls, sizeof(e->via_tls));
        if (r >= 0)
                r = get_plain(j, "SOCKD_PEER_NAME", e->peer_name, sizeof(e->peer_name));
        return r;
}

/* A field is there only when true. */
static int get_ending(sd_journal *j, RecordEnding *ret) {
        uint64_t timed_out = 0, cut_off = 0;
        int r = get_number(j, "SOCKD_TIMED_OUT", 1, &timed_out);

        if (r >= 0)
                r = get_number(j, "SOCKD_CUT_OFF", 1, &cut_off);
        *ret = cut_off ? RECORD_CUT_OFF : timed_out ? RECORD_TIMED_OUT : RECORD_WHOLE;
        return r;
}

/* Last, because asking for another field invalidates its data. */
static int get_message(sd_journal *j, Message *ret) {
        int r = get_number(j, "SOCKD_SIZE", UINT64_MAX, &ret->true_size);

        if (r > 0)
                r = get_data(j, "SOCKD_MESSAGE", &ret->data, &ret->size);
        if (r > 0 && ret->true_size < ret->size)
                r = 0;
        return r;
}

int log_entry_read(sd_journal *j, LogEntry *ret) {
        int r = get_number(j, "SOCKD_TIME_USEC", UINT64_MAX, &ret->usec);

        if (r > 0)
                r = get_id(j, &ret->id);
        if (r > 0)
                r = get_source(j, ret);
        if (r <= 0)
                return r;

        r = get_via(j, ret);
        if (r >= 0)
                r = get_ending(j, &ret->ending);
        return r < 0 ? r : get_message(j, &ret->message);
}

int log_entry_format(const LogEntry *e, Format format, char **buf, size_t *buf_size,
                     size_t *ret_size) {
        const RecordVia via = {
                .address = e->via,
                .id = e->via_id,
                .tls = e->via_tls,
                .name = e->peer_name,
        };
        const RecordSource source = {
                .listener = e->listener,
                .protocol = e->protocol,
                .peer = e->peer,
                .local = e->local,
                .peer_text = e->peer_text,
                .peer_text_size = strlen(e->peer_text),
                .via = e->has_via ? &via : NULL,
                .ending = e->ending,
        };
        RecordTime time = { 0 };
        RecordHead head;
        size_t size;

        record_time_set(&time, e->usec);
        record_head(&head, format, &source, &time);
        size = record_size(format, &head, &e->id, &e->message);
        if (size > *buf_size) {
                char *bigger = realloc(*buf, size);

                if (!bigger)
                        return -ENOMEM;
                *buf = bigger;
                *buf_size = size;
        }
        *ret_size = record_write(format, &head, &e->id, &e->message, *buf);
        return 0;
}
