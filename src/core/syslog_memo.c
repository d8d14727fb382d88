/* SPDX-License-Identifier: MIT */
/*
 * What a header is depends on digits only as such, but for those of the priority and the first one
 * behind it; and, if all that is_kept() asks for is there, on what follows it only if that is a
 * space.
 */

#include "core/syslog_memo.h"

#include "core/macro.h"
#include "core/syslog_text.h"

typedef int8_t Vector __attribute__((vector_size(16)));
typedef uint64_t VectorWords __attribute__((vector_size(16)));

static inline Vector load(const char *p) {
        Vector v;

        memcpy(&v, p, sizeof(v));
        return v;
}

/* Whether the header that is kept begins at P: it has at least the size of a vector. */
static inline bool is_same(const SyslogMemo *m, const char *p) {
        VectorWords words;
        Vector differs = { 0 }, v;
        size_t i = 0;

        do {
                i = MIN(i, m->size - sizeof(v)); /* the last one overlaps */
                v = load(p + i);
                differs |= (v != load(m->text + i)) &
                           ~(load(m->digits + i) & (v >= '0') & (v <= '9'));
                i += sizeof(v);
        } while (i < m->size);
        words = (VectorWords)differs;
        return (words[0] | words[1]) == 0;
}

/* Without a version, with a host and a tag behind the time, and a text. */
static bool is_kept(const SyslogHeader *h, const char *p, size_t n) {
        const SyslogText *fields = h->fields;
        const char *behind;

        if (fields[SYSLOG_HEADER_MSGID].data || h->priority == SYSLOG_HEADER_NO_PRIORITY ||
            h->size < sizeof(Vector) || h->size > SYSLOG_MEMO_MAX || h->size == n ||
            p[h->size - 1] != ' ')
                return false;

        behind = (const char *)memchr(p, '>', h->size) + 1;
        return !syslog_text_is_digit(*behind) && fields[SYSLOG_HEADER_TIME].size > 0 &&
               fields[SYSLOG_HEADER_HOST].data > fields[SYSLOG_HEADER_TIME].data &&
               fields[SYSLOG_HEADER_IDENTIFIER].data > fields[SYSLOG_HEADER_HOST].data;
}

static void keep(SyslogMemo *m, const char *p, size_t n) {
        const SyslogHeader *h = &m->header;
        const char *behind;
        Vector v;

        m->size = 0;
        if (!is_kept(h, p, n))
                return;

        m->size = h->size;
        memcpy(m->text, p, h->size);
        for (size_t i = 0; i < h->size; i += sizeof(v)) {
                v = load(m->text + i);
                v = (v >= '0') & (v <= '9');
                memcpy(m->digits + i, &v, sizeof(v));
        }
        behind = memchr(p, '>', h->size); /* there is a priority */
        memset(m->digits, 0, (size_t)(behind + 2 - p));
        for (SyslogField f = 0; f < SYSLOG_HEADER_MAX_; f++)
                m->offsets[f] = (uint8_t)(h->fields[f].size > 0 ? h->fields[f].data - p : 0);
}

bool syslog_memo_parse(SyslogMemo *m, const char *p, size_t n) {
        bool found;

        if (_likely_(m->size > 0 && n > m->size) && p[m->size] != ' ' && is_same(m, p)) {
                for (SyslogField f = 0; f < SYSLOG_HEADER_MAX_; f++)
                        m->header.fields[f].data = p + m->offsets[f];
                return true;
        }
        found = syslog_header_parse(p, n, &m->header);
        keep(m, p, n);
        return found;
}
