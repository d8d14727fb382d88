/* SPDX-License-Identifier: MIT */
/* What the messages of a read share, in each format. */

#include "core/macro.h"
#include "core/proxy.h"
#include "core/record.h"
#include "core/record_put.h"
#include "core/record_source.h"
#include "core/transport.h"
#include <assert.h>

/*
 * The longest head is that of JSON, of a stream with all of this: its keys, without the values, then
 * the values that need no escape, and those in which each byte may be a backslash, which is doubled.
 * (A local process has a security context instead, a packet its options: those are shorter. Journal
 * entries double nothing, and their text names the peer once more.)
 */
#define LISTENER_MAX 32
#define PORT_MAX 10 /* digits, of vsock(7) */
#define HEAD_KEYS                                                                                  \
        "{'time':'','id':'','listener':'','protocol':'','peer_address':'','peer_port':,"           \
        "'local_address':'','local_port':,'peer_name':'','peer_fingerprint':'','tls':'',"          \
        "'via_address':'','via_port':,'via_id':'','via_tls':'','timed_out':true,'size':"
#define HEAD_PLAIN                                                                                 \
        (RECORD_TIME_SIZE + LISTENER_MAX + sizeof("unix-seqpacket") +                              \
         3 * (ADDRESS_TEXT_MAX + PORT_MAX) + TLS_PEER_FINGERPRINT_MAX + TLS_PEER_VERSION_MAX)
#define HEAD_DOUBLED (TLS_PEER_NAME_MAX + PROXY_ID_MAX + PROXY_TLS_MAX)
static_assert(sizeof(HEAD_KEYS) + HEAD_PLAIN + 2 * HEAD_DOUBLED <= RECORD_HEAD_MAX, "it fits");
static_assert(PROXY_NAME_MAX <= TLS_PEER_NAME_MAX, "so does the name that a proxy tells");

static char *head_text(RecordHead *h, const RecordSource *s, const RecordTime *time) {
        char *p = put(h->text, time->text, RECORD_TIME_SIZE);

        *p++ = ' ';
        p = put_text(p, s->listener);
        *p++ = ' ';
        p = put(p, s->peer_text, s->peer_text_size);
        *p++ = ' ';
        return p;
}

static char *put_host(char *p, const Address *a) {
        char host[ADDRESS_TEXT_MAX];

        return put(p, host, address_format_host(a, host));
}

/* Of the bytes that proxy.h leaves, JSON escapes only the backslash. */
static char *put_json(char *p, const char *key, const char *text) {
        if (!*text)
                return p;

        p = put_text(p, key);
        for (; *text; text++) {
                if (*text == '\\')
                        *p++ = '\\';
                *p++ = *text;
        }
        *p++ = '"';
        return p;
}

/* Who has shown a certificate is who that says; then a proxy is not asked for a name. */
static const char *peer_name(const RecordSource *s) {
        if (s->tls && *s->tls->fingerprint)
                return s->tls->name;
        return s->via ? s->via->name : "";
}

static char *put_tls_json(char *p, const TlsPeer *tls) {
        p = put_json(p, ",\"peer_fingerprint\":\"", tls->fingerprint);
        return put_json(p, ",\"tls\":\"", tls->version);
}

static char *put_via_json(char *p, const RecordVia *via) {
        p = put_text(p, ",\"via_address\":\"");
        p = put_host(p, &via->address);
        p = put_text(p, "\",\"via_port\":");
        p = put_number(p, address_port(&via->address));
        p = put_json(p, ",\"via_id\":\"", via->id);
        return put_json(p, ",\"via_tls\":\"", via->tls);
}

static char *put_identity_json(char *p, const RecordSource *s) {
        p = put_json(p, ",\"peer_name\":\"", peer_name(s));
        if (s->tls)
                p = put_tls_json(p, s->tls);
        return s->via ? put_via_json(p, s->via) : p;
}

static char *put_ends_json(char *p, const RecordSource *s) {
        p = put_text(p, "\",\"peer_address\":\"");
        p = put_host(p, &s->peer);
        p = put_text(p, "\",\"peer_port\":");
        p = put_number(p, address_port(&s->peer));
        p = put_text(p, ",\"local_address\":\"");
        p = put_host(p, &s->local);
        p = put_text(p, "\",\"local_port\":");
        return put_number(p, address_port(&s->local));
}

/* No number but that of an unknown user or group has a name that is left out. */
static char *put_known(char *p, const char *key, uint32_t id) {
        return id == ADDRESS_ID_UNKNOWN ? p : put_number(put_text(p, key), id);
}

static char *put_hex(char *p, const uint8_t *bytes, size_t n) {
        static const char digits[] = "0123456789abcdef";

        for (size_t i = 0; i < n; i++) {
                *p++ = digits[bytes[i] >> 4];
                *p++ = digits[bytes[i] & 15];
        }
        return p;
}

/* Those without ports. */
static char *put_other_ends_json(char *p, const RecordSource *s) {
        const AddressProcess *process = &s->peer.process;

        p = put_text(p, "\",\"peer_address\":\"");
        p = put_host(p, &s->peer);
        *p++ = '"';
        if (s->peer.family == AF_UNIX) {
                p = put_known(p, ",\"peer_uid\":", process->uid);
                p = put_known(p, ",\"peer_gid\":", process->gid);
                p = put_number(put_text(p, ",\"peer_pid\":"), process->pid);
        }
        if (s->security)
                p = put_json(p, ",\"peer_security\":\"", s->security);
        if (!s->packet)
                return p;

        p = put_text(p, ",\"local_address\":\"");
        p = put_host(p, &s->local);
        p = put_number(put_text(p, "\",\"ip_protocol\":"), s->packet->ip_protocol);
        p = put_number(put_text(p, ",\"ttl\":"), s->packet->ttl);
        p = put_number(put_text(p, ",\"tos\":"), s->packet->tos);
        if (s->packet->options_size == 0)
                return p;

        p = put_text(p, ",\"ip_options\":\"");
        p = put_hex(p, s->packet->options, s->packet->options_size);
        *p++ = '"';
        return p;
}

static char *head_json(RecordHead *h, const RecordSource *s, const RecordTime *time) {
        char *p = put_text(h->text, "{\"time\":\"");

        p = put(p, time->text, RECORD_TIME_SIZE);
        p = put_text(p, "\",\"id\":\"");
        h->split = (uint16_t)(p - h->text);
        p = put_text(p, "\",\"listener\":\"");
        p = put_text(p, s->listener);
        p = put_text(p, "\",\"protocol\":\"");
        p = put_text(p, protocol_text(s->protocol));
        if (_likely_(transport_has_ports(s->protocol)))
                p = put_ends_json(p, s);
        else
                p = put_other_ends_json(p, s);
        if (s->tls || s->via)
                p = put_identity_json(p, s);
        if (s->ending == RECORD_TIMED_OUT)
                p = put_text(p, ",\"timed_out\":true");
        return put_text(p, ",\"size\":");
}

static char *put_field(char *p, const char *field, const char *text) {
        return *text ? put_text(put_text(p, field), text) : p;
}

static char *put_via_journal(char *p, const RecordVia *via) {
        p = put_text(p, "\nSOCKD_VIA_ADDRESS=");
        p = put_host(p, &via->address);
        p = put_text(p, "\nSOCKD_VIA_PORT=");
        p = put_number(p, via->address.port);
        p = put_field(p, "\nSOCKD_VIA_ID=", via->id);
        return put_field(p, "\nSOCKD_VIA_TLS=", via->tls);
}

static char *put_identity_journal(char *p, const RecordSource *s) {
        p = put_field(p, "\nSOCKD_PEER_NAME=", peer_name(s));
        if (s->tls) {
                p = put_field(p, "\nSOCKD_PEER_FINGERPRINT=", s->tls->fingerprint);
                p = put_field(p, "\nSOCKD_TLS=", s->tls->version);
        }
        return s->via ? put_via_journal(p, s->via) : p;
}

static char *put_process_journal(char *p, const AddressProcess *process) {
        p = put_known(p, "\nSOCKD_PEER_UID=", process->uid);
        p = put_known(p, "\nSOCKD_PEER_GID=", process->gid);
        return put_number(put_text(p, "\nSOCKD_PEER_PID="), process->pid);
}

static char *put_packet_journal(char *p, const RecordPacket *packet) {
        p = put_number(put_text(p, "\nSOCKD_IP_PROTOCOL="), packet->ip_protocol);
        p = put_number(put_text(p, "\nSOCKD_TTL="), packet->ttl);
        p = put_number(put_text(p, "\nSOCKD_TOS="), packet->tos);
        if (packet->options_size == 0)
                return p;
        return put_hex(put_text(p, "\nSOCKD_IP_OPTIONS="), packet->options, packet->options_size);
}

static char *put_ends_journal(char *p, const RecordSource *s) {
        const bool has_ports = transport_has_ports(s->protocol);

        p = put_text(p, "\nSOCKD_PEER_ADDRESS=");
        p = put_host(p, &s->peer);
        if (has_ports)
                p = put_number(put_text(p, "\nSOCKD_PEER_PORT="), address_port(&s->peer));
        if (has_ports || s->packet) {
                p = put_text(p, "\nSOCKD_LOCAL_ADDRESS=");
                p = put_host(p, &s->local);
        }
        if (has_ports)
                p = put_number(put_text(p, "\nSOCKD_LOCAL_PORT="), address_port(&s->local));
        if (s->peer.family == AF_UNIX)
                p = put_process_journal(p, &s->peer.process);
        if (s->security)
                p = put_field(p, "\nSOCKD_PEER_SECURITY=", s->security);
        return s->packet ? put_packet_journal(p, s->packet) : p;
}

/* Ends inside MESSAGE=, which every record completes; with what its syslog header says, if any. */
static char *head_journal(RecordHead *h, const RecordSource *s, const RecordTime *time) {
        char *p = put_text(h->text,
                           s->syslog ? "SOCKD_SYSLOG=1" : "PRIORITY=6\nSYSLOG_IDENTIFIER=sockd");

        p = put_text(p, "\nMESSAGE_ID=" RECORD_MESSAGE_ID "\nSOCKD_LISTENER=");
        p = put_text(p, s->listener);
        p = put_text(p, "\nSOCKD_PROTOCOL=");
        p = put_text(p, protocol_text(s->protocol));
        p = put_ends_journal(p, s);
        if (s->tls || s->via)
                p = put_identity_journal(p, s);
        p = put_text(p, "\nSOCKD_TIME_USEC=");
        p = put_number(p, time->usec);
        if (s->ending == RECORD_TIMED_OUT)
                p = put_text(p, "\nSOCKD_TIMED_OUT=1");
        if (s->ending == RECORD_CUT_OFF)
                p = put_text(p, "\nSOCKD_CUT_OFF=1");
        p = put_text(p, "\nMESSAGE=");
        p = put(p, s->peer_text, s->peer_text_size);
        *p++ = ' ';
        return p;
}

void record_head(RecordHead *h, Format format, const RecordSource *source, const RecordTime *time) {
        static char *(*const heads[FORMAT_MAX_])(RecordHead *, const RecordSource *,
                                                 const RecordTime *) = {
                [FORMAT_TEXT] = head_text,
                [FORMAT_JSON] = head_json,
                [FORMAT_JOURNAL] = head_journal,
        };
        char *end;

        h->split = 0;
        h->cut_off = source->ending == RECORD_CUT_OFF;
        h->syslog = source->syslog;
        end = heads[format](h, source, time);
        h->size = (uint16_t)(end - h->text);
        assert(h->size <= RECORD_HEAD_MAX);
}
