/* SPDX-License-Identifier: MIT */
/* Records: formatted straight into the output's buffer, without allocation or stdio. */

#include "core/record.h"

#include "core/escape.h"
#include "core/macro.h"
#include <assert.h>
#include <endian.h>
#include <string.h>
#include <time.h>

#define TRUNCATED_HEAD "\\[truncated "
#define TRUNCATED_TAIL " bytes]"
#define CUT_OFF "\\[cut off]"
#define NUMBER_MAX 20 /* digits of a uint64_t */

static inline char *put(char *p, const char *s, size_t n) {
        memcpy(p, s, n);
        return p + n;
}

static inline char *put_text(char *p, const char *s) {
        return put(p, s, strlen(s));
}

/* No call, no look at the exact size; what is written too much is overwritten next. */
static inline char *put_head(char *p, const char *s, size_t n) {
        size_t i = 0;

        do {
                memcpy(p + i, s + i, RECORD_BLOCK);
                i += RECORD_BLOCK;
        } while (i < n);
        return p + n;
}

/* A copy of fixed size is cheaper; what it writes behind the id is overwritten next. */
static inline char *put_id(char *p, const Id *id) {
        memcpy(p, id->text, ID_TEXT_MAX);
        return p + id->size;
}

static char *put_number(char *p, uint64_t v) {
        char digits[NUMBER_MAX];
        size_t n = 0;

        do {
                digits[NUMBER_MAX - ++n] = (char)('0' + v % 10);
                v /= 10;
        } while (v > 0);
        return put(p, digits + NUMBER_MAX - n, n);
}

/* Exactly WIDTH digits. */
static void put_digits(char *p, unsigned width, uint64_t v) {
        while (width-- > 0) {
                p[width] = (char)('0' + v % 10);
                v /= 10;
        }
}

static void put_second(RecordTime *t, uint64_t second) {
        time_t s = (time_t)second;
        struct tm tm;

        (void)gmtime_r(&s, &tm); /* fails for years past 2^31 only */
        memcpy(t->text, "0000-00-00T00:00:00.000000Z", RECORD_TIME_SIZE);
        put_digits(t->text, 4, (uint64_t)tm.tm_year + 1900);
        put_digits(t->text + 5, 2, (uint64_t)tm.tm_mon + 1);
        put_digits(t->text + 8, 2, (uint64_t)tm.tm_mday);
        put_digits(t->text + 11, 2, (uint64_t)tm.tm_hour);
        put_digits(t->text + 14, 2, (uint64_t)tm.tm_min);
        put_digits(t->text + 17, 2, (uint64_t)tm.tm_sec);
        t->second = second;
}

void record_time_set(RecordTime *t, uint64_t usec) {
        uint64_t second = usec / USEC_PER_SEC;

        if (second != t->second || t->text[0] == '\0')
                put_second(t, second);
        put_digits(t->text + 20, 6, usec % USEC_PER_SEC);
        t->usec = usec;
}

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

static char *put_via_json(char *p, const RecordVia *via) {
        p = put_json(p, ",\"peer_name\":\"", via->name);
        p = put_text(p, ",\"via_address\":\"");
        p = put_host(p, &via->address);
        p = put_text(p, "\",\"via_port\":");
        p = put_number(p, via->address.port);
        p = put_json(p, ",\"via_id\":\"", via->id);
        return put_json(p, ",\"via_tls\":\"", via->tls);
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
        p = put_text(p, "\",\"peer_address\":\"");
        p = put_host(p, &s->peer);
        p = put_text(p, "\",\"peer_port\":");
        p = put_number(p, s->peer.port);
        p = put_text(p, ",\"local_address\":\"");
        p = put_host(p, &s->local);
        p = put_text(p, "\",\"local_port\":");
        p = put_number(p, s->local.port);
        if (s->via)
                p = put_via_json(p, s->via);
        if (s->ending == RECORD_TIMED_OUT)
                p = put_text(p, ",\"timed_out\":true");
        return put_text(p, ",\"size\":");
}

static char *put_field(char *p, const char *field, const char *text) {
        return *text ? put_text(put_text(p, field), text) : p;
}

static char *put_via_journal(char *p, const RecordVia *via) {
        p = put_field(p, "\nSOCKD_PEER_NAME=", via->name);
        p = put_text(p, "\nSOCKD_VIA_ADDRESS=");
        p = put_host(p, &via->address);
        p = put_text(p, "\nSOCKD_VIA_PORT=");
        p = put_number(p, via->address.port);
        p = put_field(p, "\nSOCKD_VIA_ID=", via->id);
        return put_field(p, "\nSOCKD_VIA_TLS=", via->tls);
}

/* Ends inside MESSAGE=, which every record completes. */
static char *head_journal(RecordHead *h, const RecordSource *s, const RecordTime *time) {
        char *p = put_text(h->text,
                           "PRIORITY=6\nSYSLOG_IDENTIFIER=sockd\nMESSAGE_ID=" RECORD_MESSAGE_ID
                           "\nSOCKD_LISTENER=");

        p = put_text(p, s->listener);
        p = put_text(p, "\nSOCKD_PROTOCOL=");
        p = put_text(p, protocol_text(s->protocol));
        p = put_text(p, "\nSOCKD_PEER_ADDRESS=");
        p = put_host(p, &s->peer);
        p = put_text(p, "\nSOCKD_PEER_PORT=");
        p = put_number(p, s->peer.port);
        p = put_text(p, "\nSOCKD_LOCAL_ADDRESS=");
        p = put_host(p, &s->local);
        p = put_text(p, "\nSOCKD_LOCAL_PORT=");
        p = put_number(p, s->local.port);
        if (s->via)
                p = put_via_journal(p, s->via);
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
        end = heads[format](h, source, time);
        h->size = (uint16_t)(end - h->text);
        assert(h->size <= RECORD_HEAD_MAX);
}

static inline bool is_cut(const Message *m) {
        return m->true_size > m->size;
}

/* Can't be forged: a backslash that the peer sent is doubled. */
static char *write_marks(char *p, const RecordHead *h, const Message *m) {
        if (is_cut(m)) {
                p = put_text(p, TRUNCATED_HEAD);
                p = put_number(p, m->true_size);
                p = put_text(p, TRUNCATED_TAIL);
        }
        return h->cut_off ? put_text(p, CUT_OFF) : p;
}

/* One test for both marks: this is done for each message. */
static inline char *put_marks(char *p, const RecordHead *h, const Message *m) {
        return _likely_(((m->true_size - m->size) | h->cut_off) == 0) ? p : write_marks(p, h, m);
}

static char *write_text(const RecordHead *h, const Id *id, const Message *m, char *p) {
        p = put_head(p, h->text, h->size);
        p = put_id(p, id);
        *p++ = ' ';
        p += escape_text(p, m->data, m->size);
        p = put_marks(p, h, m);
        *p++ = '\n';
        return p;
}

static char *write_json(const RecordHead *h, const Id *id, const Message *m, char *p) {
        p = put_head(p, h->text, h->split);
        p = put_id(p, id);
        p = put_head(p, h->text + h->split, (size_t)(h->size - h->split));
        p = put_number(p, m->true_size);
        if (is_cut(m))
                p = put_text(p, ",\"truncated\":true");
        if (h->cut_off)
                p = put_text(p, ",\"cut_off\":true");
        if (escape_is_utf8(m->data, m->size)) {
                p = put_text(p, ",\"message\":\"");
                p += escape_json(p, m->data, m->size);
        } else {
                p = put_text(p, ",\"message_base64\":\"");
                p += escape_base64(p, m->data, m->size);
        }
        return put_text(p, "\"}\n");
}

/*
 * The journal's native protocol (systemd, "Native Journal Protocol"): NAME=value lines; a value
 * that may hold any byte is NAME, LF, its size as 64 bit little endian, the bytes, LF.
 */
static char *write_journal(const RecordHead *h, const Id *id, const Message *m, char *p) {
        uint64_t size_le = htole64(m->size);

        p = put_head(p, h->text, h->size);
        p += escape_text(p, m->data, m->size);
        p = put_marks(p, h, m);
        p = put_text(p, "\nSOCKD_ID=");
        p = put_id(p, id);
        p = put_text(p, "\nSOCKD_SIZE=");
        p = put_number(p, m->true_size);
        if (is_cut(m))
                p = put_text(p, "\nSOCKD_TRUNCATED=1");
        p = put_text(p, "\nSOCKD_MESSAGE\n");
        p = put(p, (const char *)&size_le, sizeof(size_le));
        p = put(p, m->data, m->size);
        *p++ = '\n';
        return p;
}

size_t record_write(Format format, const RecordHead *h, const Id *id, const Message *m, char *dst) {
        char *end = dst;

        switch (format) {
        case FORMAT_TEXT:
                end = write_text(h, id, m, dst);
                break;
        case FORMAT_JSON:
                end = write_json(h, id, m, dst);
                break;
        case FORMAT_JOURNAL:
                end = write_journal(h, id, m, dst);
                break;
        case FORMAT_MAX_:
                assert(false);
        }
        return (size_t)(end - dst);
}

/* Journal: the escaped text and the raw bytes. */
size_t record_size_per_byte(Format format) {
        static const size_t table[FORMAT_MAX_] = {
                [FORMAT_TEXT] = ESCAPE_TEXT_MAX(1),
                [FORMAT_JSON] = ESCAPE_JSON_MAX(1),
                [FORMAT_JOURNAL] = ESCAPE_TEXT_MAX(1) + 1,
        };

        return table[format];
}

size_t record_size_limit(Format format, size_t message_size) {
        return RECORD_HEAD_MAX + RECORD_EXTRA_MAX + record_size_per_byte(format) * message_size;
}

size_t record_size(Format format, const RecordHead *h, const Id *id, const Message *m) {
        size_t fixed = record_size_base(h) + id->size;

        switch (format) {
        case FORMAT_TEXT:
                return fixed + escape_text_size(m->data, m->size);
        case FORMAT_JOURNAL:
                return fixed + escape_text_size(m->data, m->size) + m->size;
        case FORMAT_JSON:
                return fixed + (escape_is_utf8(m->data, m->size) ? ESCAPE_JSON_MAX(m->size)
                                                                 : ESCAPE_BASE64_SIZE(m->size));
        case FORMAT_MAX_:
                assert(false);
        }
        return fixed;
}
