/* SPDX-License-Identifier: MIT */
/* The fields of the journal are untrusted: each is validated. */

#include "ctl/log_entry.h"

#include "core/macro.h"
#include "core/transport.h"
#include <errno.h>
#include <string.h>
#include <systemd/sd-journal.h>

#define FIELD_MAX 256
#define NAME_BYTES "abcdefghijklmnopqrstuvwxyz0123456789_-"
#define SECURITY_BYTES                                                                             \
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'()*+,-./"             \
        ":;<=>?@[]^_`{|}~"
#define HEX_DIGITS "0123456789abcdef"
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
static bool parse_peer(char *text, uint32_t port, Address *ret) {
        int r = address_parse_peer(text, port, ret);

        if (r == -ENODEV) {
                *strchrnul(text, '%') = '\0';
                r = address_parse_peer(text, port, ret);
        }
        return r >= 0 && (port <= UINT16_MAX || ret->family == AF_VSOCK);
}

/* PORT_FIELD: NULL if there is none. */
static int get_address(sd_journal *j, const char *host_field, const char *port_field,
                       Address *ret) {
        char text[ADDRESS_TEXT_MAX];
        uint64_t port = 0;
        int r = get_text(j, host_field, text, sizeof(text));

        if (r > 0 && port_field)
                r = get_number(j, port_field, UINT32_MAX, &port);
        return r <= 0 ? r : parse_peer(text, (uint32_t)port, ret);
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

/* A text of these bytes, on which the record's JSON relies. What is not so is left out. */
static int get_plain(sd_journal *j, const char *field, const char *bytes, char *buf,
                     size_t buf_size) {
        int r;

        *buf = '\0';
        r = get_text(j, field, buf, buf_size);
        if (r > 0 && buf[strspn(buf, bytes)])
                *buf = '\0';
        return MIN(r, 0);
}

/* The number of a user or group, which may be unknown. */
static int get_user(sd_journal *j, const char *field, uint32_t *ret) {
        uint64_t id;
        int r = get_number(j, field, ADDRESS_ID_UNKNOWN - 1, &id);

        *ret = r > 0 ? (uint32_t)id : ADDRESS_ID_UNKNOWN;
        return MIN(r, 0);
}

static int get_process(sd_journal *j, LogEntry *e) {
        AddressProcess *process = &e->peer.process;
        uint64_t pid = 0;
        int r = get_user(j, "SOCKD_PEER_UID", &process->uid);

        if (r >= 0)
                r = get_user(j, "SOCKD_PEER_GID", &process->gid);
        if (r >= 0)
                r = get_number(j, "SOCKD_PEER_PID", UINT32_MAX, &pid);
        if (r <= 0)
                return r;

        process->pid = (uint32_t)pid;
        r = get_plain(j, "SOCKD_PEER_SECURITY", SECURITY_BYTES, e->security, sizeof(e->security));
        return r < 0 ? r : 1;
}

static int hex_digit(char c) {
        const char *const digits = HEX_DIGITS;
        const char *p = c ? strchr(digits, c) : NULL;

        return p ? (int)(p - digits) : -1;
}

/* What is no hexadecimal text is left out. */
static int get_options(sd_journal *j, LogEntry *e) {
        char text[2 * RECORD_OPTIONS_MAX + 1];
        int r = get_text(j, "SOCKD_IP_OPTIONS", text, sizeof(text));
        size_t n = r > 0 ? strlen(text) / 2 : 0;

        for (size_t i = 0; i < n; i++) {
                int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

                if (high < 0 || low < 0)
                        return 0;
                e->options[i] = (uint8_t)(high << 4 | low);
        }
        e->packet.options_size = (uint8_t)n;
        return MIN(r, 0);
}

static int get_packet(sd_journal *j, LogEntry *e) {
        uint64_t ip_protocol, ttl, tos;
        int r = get_address(j, "SOCKD_LOCAL_ADDRESS", NULL, &e->local);

        if (r > 0)
                r = get_number(j, "SOCKD_IP_PROTOCOL", UINT8_MAX, &ip_protocol);
        if (r > 0)
                r = get_number(j, "SOCKD_TTL", UINT8_MAX, &ttl);
        if (r > 0)
                r = get_number(j, "SOCKD_TOS", UINT8_MAX, &tos);
        if (r <= 0)
                return r;

        e->has_packet = true;
        e->packet = (RecordPacket){
                .ip_protocol = (uint8_t)ip_protocol,
                .ttl = (uint8_t)ttl,
                .tos = (uint8_t)tos,
        };
        r = get_options(j, e);
        return r < 0 ? r : 1;
}

/* Of both ends, what this protocol has. Returns 1, 0 or negative errno. */
static int get_ends(sd_journal *j, LogEntry *e) {
        const bool has_ports = transport_has_ports(e->protocol);
        int r = get_address(j, "SOCKD_PEER_ADDRESS", has_ports ? "SOCKD_PEER_PORT" : NULL,
                            &e->peer);

        if (r > 0 && !transport_may_come_from(e->protocol, e->peer.family))
                r = 0;
        if (r <= 0)
                return r;

        switch (transport_of(e->protocol)->place) {
        case TRANSPORT_PORT:
        case TRANSPORT_CID:
                return get_address(j, "SOCKD_LOCAL_ADDRESS", "SOCKD_LOCAL_PORT", &e->local);
        case TRANSPORT_HOST:
                return get_packet(j, e);
        case TRANSPORT_PATH:
                return get_process(j, e);
        }
        return 0;
}

static int get_source(sd_journal *j, LogEntry *e) {
        int r = get_text(j, "SOCKD_LISTENER", e->listener, sizeof(e->listener));

        *e->security = '\0';
        e->has_packet = false;
        e->local = (Address){ .family = AF_UNSPEC };
        if (r > 0 && (!*e->listener || e->listener[strspn(e->listener, NAME_BYTES)]))
                r = 0;
        if (r > 0)
                r = get_protocol(j, &e->protocol);
        if (r > 0)
                r = get_ends(j, e);
        if (r <= 0)
                return r;

        return r;
}

/* As the record in text calls the peer: with the name of its own certificate. */
static void set_peer_text(LogEntry *e) {
        char *p = e->peer_text;

        if (!*e->tls)
                *e->peer_fingerprint = '\0';
        if (!*e->peer_fingerprint && !e->has_via)
                *e->peer_name = '\0';
        if (*e->peer_fingerprint && *e->peer_name) {
                p = stpcpy(p, e->peer_name);
                *p++ = '@';
        }
        if (e->has_packet)
                (void)address_format_host(&e->peer, p);
        else
                (void)address_format(&e->peer, p);
}

/* Only of a connection with TLS, or behind a proxy. */
static int get_identity(sd_journal *j, LogEntry *e) {
        int r = get_plain(j, "SOCKD_TLS", LOG_ENTRY_PLAIN_BYTES, e->tls, sizeof(e->tls));

        if (r >= 0)
                r = get_plain(j, "SOCKD_PEER_FINGERPRINT", HEX_DIGITS, e->peer_fingerprint,
                              sizeof(e->peer_fingerprint));
        if (r >= 0)
                r = get_plain(j, "SOCKD_PEER_NAME", LOG_ENTRY_PLAIN_BYTES, e->peer_name,
                              sizeof(e->peer_name));
        return r;
}

/* Only behind a proxy. */
static int get_via(sd_journal *j, LogEntry *e) {
        int r = get_address(j, "SOCKD_VIA_ADDRESS", "SOCKD_VIA_PORT", &e->via);

        e->has_via = r > 0;
        if (r <= 0)
                return r;

        r = get_plain(j, "SOCKD_VIA_ID", LOG_ENTRY_PLAIN_BYTES, e->via_id, sizeof(e->via_id));
        if (r >= 0)
                r = get_plain(j, "SOCKD_VIA_TLS", LOG_ENTRY_PLAIN_BYTES, e->via_tls,
                              sizeof(e->via_tls));
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

static int get_syslog(sd_journal *j, bool *ret) {
        uint64_t syslog = 0;
        int r = get_number(j, "SOCKD_SYSLOG", 1, &syslog);

        *ret = r > 0 && syslog;
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

        ret->format = FORMAT_JOURNAL;
        if (r > 0)
                r = get_id(j, &ret->id);
        if (r > 0)
                r = get_source(j, ret);
        if (r <= 0)
                return r;

        r = get_identity(j, ret);
        if (r >= 0)
                r = get_via(j, ret);
        set_peer_text(ret);
        if (r >= 0)
                r = get_ending(j, &ret->ending);
        if (r >= 0)
                r = get_syslog(j, &ret->is_syslog);
        return r < 0 ? r : get_message(j, &ret->message);
}
