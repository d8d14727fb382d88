/* SPDX-License-Identifier: MIT */
/* All fields but the structured data are printable ASCII (syslog_header.h). */

#include "core/record_syslog.h"

#include "core/escape.h"
#include "core/macro.h"
#include "core/record_put.h"
#include <endian.h>

#define DEFAULT_SEVERITY 6
#define DEFAULT_IDENTIFIER "sockd"
#define NAME_SIZE 32

typedef struct FieldName {
        char text[NAME_SIZE]; /* copied whole: what is written too much is overwritten next */
        size_t size;
} FieldName;

#define NAME(text)                                                                                 \
        { text, sizeof(text) - 1 }

/* Fields are copied in blocks of so many bytes; what is written too much is overwritten next. */
#define BLOCK 16

static inline char *put_name(char *p, const FieldName *name) {
        memcpy(p, name->text, NAME_SIZE);
        return p + name->size;
}

/* --- JSON --- */

static inline char *put_priority(char *p, unsigned priority) {
        static const FieldName severity = NAME(",\"syslog_severity\":"),
                               facility = NAME(",\"syslog_facility\":");

        p = put_name(p, &severity);
        *p++ = (char)('0' + priority % 8);
        p = put_name(p, &facility);
        priority /= 8;
        if (priority > 9)
                *p++ = (char)('0' + priority / 10);
        *p++ = (char)('0' + priority % 10);
        return p;
}

static inline char *put_blocks(char *p, const char *s, size_t n) {
        size_t i = 0;

        do {
                memcpy(p + i, s + i, BLOCK);
                i += BLOCK;
        } while (_unlikely_(i < n));
        return p + n;
}

char *record_syslog_json(char *p, const SyslogHeader *h, const Message *m) {
        static const FieldName names[SYSLOG_HEADER_MAX_] = {
                [SYSLOG_HEADER_TIME] = NAME(",\"syslog_time\":\""),
                [SYSLOG_HEADER_HOST] = NAME(",\"syslog_host\":\""),
                [SYSLOG_HEADER_IDENTIFIER] = NAME(",\"syslog_identifier\":\""),
                [SYSLOG_HEADER_PID] = NAME(",\"syslog_pid\":\""),
                [SYSLOG_HEADER_MSGID] = NAME(",\"syslog_msgid\":\""),
                [SYSLOG_HEADER_DATA] = NAME(",\"syslog_data\":\""),
        };
        const SyslogText *data = &h->fields[SYSLOG_HEADER_DATA];
        /* where the last of the other fields ends at the latest */
        const size_t end = data->size > 0 ? (size_t)(data->data - m->data) : h->size;
        /* a block may be read behind each of them */
        const bool is_plain = h->plain_size >= end && m->size - end >= BLOCK;

        if (h->priority != SYSLOG_HEADER_NO_PRIORITY)
                p = put_priority(p, (unsigned)h->priority);
        for (SyslogField f = SYSLOG_HEADER_TIME; f < SYSLOG_HEADER_DATA; f++) {
                const SyslogText *t = &h->fields[f];

                if (t->size == 0)
                        continue;
                p = put_name(p, &names[f]);
                if (_likely_(is_plain))
                        p = put_blocks(p, t->data, t->size);
                else
                        p += escape_json(p, t->data, t->size);
                *p++ = '"';
        }
        /* else they are in the message alone, as base64 */
        if (data->size > 0 && escape_is_utf8(data->data, data->size)) {
                p = put_name(p, &names[SYSLOG_HEADER_DATA]);
                p += escape_json(p, data->data, data->size);
                *p++ = '"';
        }
        return p;
}

/* --- the journal --- */

/* Any bytes: name, LF, size, bytes. */
static char *put_data(char *p, const SyslogText *t) {
        const uint64_t size_le = htole64(t->size);

        p = put_text(p, "\nSOCKD_SYSLOG_DATA\n");
        p = put(p, (const char *)&size_le, sizeof(size_le));
        return put(p, t->data, t->size);
}

char *record_syslog_journal(char *p, const SyslogHeader *h) {
        static const FieldName names[SYSLOG_HEADER_DATA] = {
                [SYSLOG_HEADER_TIME] = NAME("\nSOCKD_SYSLOG_TIME="),
                [SYSLOG_HEADER_HOST] = NAME("\nSOCKD_SYSLOG_HOST="),
                [SYSLOG_HEADER_IDENTIFIER] = NAME("\nSYSLOG_IDENTIFIER="),
                [SYSLOG_HEADER_PID] = NAME("\nSYSLOG_PID="),
                [SYSLOG_HEADER_MSGID] = NAME("\nSOCKD_SYSLOG_MSGID="),
        };
        const bool has_priority = h->priority != SYSLOG_HEADER_NO_PRIORITY;

        p = put_text(p, "\nPRIORITY=");
        *p++ = (char)('0' + (has_priority ? h->priority % 8 : DEFAULT_SEVERITY));
        if (has_priority)
                p = put_number(put_text(p, "\nSYSLOG_FACILITY="), (uint64_t)h->priority / 8);
        for (SyslogField f = SYSLOG_HEADER_TIME; f < SYSLOG_HEADER_DATA; f++)
                if (h->fields[f].size > 0)
                        p = put(put_name(p, &names[f]), h->fields[f].data, h->fields[f].size);
        if (h->fields[SYSLOG_HEADER_IDENTIFIER].size == 0)
                p = put_text(p, "\nSYSLOG_IDENTIFIER=" DEFAULT_IDENTIFIER);
        if (h->fields[SYSLOG_HEADER_DATA].size > 0)
                p = put_data(p, &h->fields[SYSLOG_HEADER_DATA]);
        return p;
}
