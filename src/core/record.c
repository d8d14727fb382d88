/* SPDX-License-Identifier: MIT */
/* Records: formatted straight into the output's buffer, without allocation or stdio. */

#include "core/record.h"

#include "core/escape.h"
#include "core/macro.h"
#include "core/record_put.h"
#include "core/record_syslog.h"
#include <assert.h>
#include <endian.h>
#include <string.h>
#include <time.h>

#define TRUNCATED_HEAD "\\[truncated "
#define TRUNCATED_TAIL " bytes]"
#define CUT_OFF "\\[cut off]"

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

/* The first PLAIN bytes need no escape. */
static inline char *put_message_json(char *p, const Message *m, size_t plain) {
        const char *rest = m->data + plain;

        if (!escape_is_utf8(rest, m->size - plain)) {
                p = put_text(p, ",\"message_base64\":\"");
                return p + escape_base64(p, m->data, m->size);
        }
        p = put_text(p, ",\"message\":\"");
        if (_unlikely_(plain > 0))
                p = put(p, m->data, plain);
        return p + escape_json(p, rest, m->size - plain);
}

/* What few records have. */
static char *put_json_extras(char *p, const RecordHead *h, const Message *m) {
        if (is_cut(m))
                p = put_text(p, ",\"truncated\":true");
        if (h->cut_off)
                p = put_text(p, ",\"cut_off\":true");
        return p;
}

static char *write_json(const RecordHead *h, const Id *id, const Message *m, char *p) {
        p = put_head(p, h->text, h->split);
        p = put_id(p, id);
        p = put_head(p, h->text + h->split, (size_t)(h->size - h->split));
        p = put_number(p, m->true_size);
        if (_unlikely_(((m->true_size - m->size) | h->cut_off) != 0))
                p = put_json_extras(p, h, m);
        if (h->syslog) {
                p = record_syslog_json(p, h->syslog, m);
                p = put_message_json(p, m, h->syslog->plain_size);
        } else {
                p = put_message_json(p, m, 0);
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
        if (_unlikely_(h->syslog != NULL))
                p = record_syslog_journal(p, h->syslog);
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

size_t record_size_base(const RecordHead *h) {
        return h->size + RECORD_EXTRA_MAX + (h->syslog ? RECORD_SYSLOG_MAX : 0);
}

/* Journal: the escaped text and the raw bytes. */
static const size_t per_byte[FORMAT_MAX_] = {
        [FORMAT_TEXT] = ESCAPE_TEXT_MAX(1),
        [FORMAT_JSON] = ESCAPE_JSON_MAX(1),
        [FORMAT_JOURNAL] = ESCAPE_TEXT_MAX(1) + 1,
};

/* A byte is in one field of a syslog header at most. */
static const size_t per_byte_of_syslog[FORMAT_MAX_] = {
        [FORMAT_JSON] = ESCAPE_JSON_MAX(1),
        [FORMAT_JOURNAL] = 1,
};

size_t record_size_per_byte(Format format, const RecordHead *h) {
        return per_byte[format] + (h->syslog ? per_byte_of_syslog[format] : 0);
}

size_t record_size_limit(Format format, size_t message_size) {
        return RECORD_HEAD_MAX + RECORD_EXTRA_MAX + RECORD_SYSLOG_MAX +
               (per_byte[format] + per_byte_of_syslog[format]) * message_size;
}

size_t record_size(Format format, const RecordHead *h, const Id *id, const Message *m) {
        size_t fixed = record_size_base(h) + id->size;

        if (h->syslog)
                fixed += per_byte_of_syslog[format] * h->syslog->size;
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
