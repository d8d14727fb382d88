/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a syslog message: the fields of its header are parts of it that do not overlap, of bytes
 * that need no care but in structured data.
 */

#include "core/syslog_memo.h"

#include "fuzz.h"

#define TEXT_SIZE 64
#define MEMO_SIZE 160

static bool parse(const char *p, size_t n, SyslogHeader *ret) {
        bool found = syslog_header_parse(p, n, ret);

        assert(syslog_header_exists(p, n) == found);
        return found;
}

/* Printable ASCII, but for the spaces that a time may have. */
static void check_bytes(const SyslogText *t, SyslogField f) {
        assert(*t->data != ' ' && t->data[t->size - 1] != ' ');
        for (size_t i = 0; i < t->size; i++)
                assert(t->data[i] > ' ' - (f == SYSLOG_HEADER_TIME) && t->data[i] < 0x7f);
}

static void check_fields(const char *p, const SyslogHeader *h) {
        for (SyslogField f = 0; f < SYSLOG_HEADER_MAX_; f++) {
                const SyslogText *a = &h->fields[f];

                if (a->size == 0)
                        continue;
                assert(a->data > p - (f == SYSLOG_HEADER_TIME));
                assert(a->data + a->size <= p + h->size);
                if (f == SYSLOG_HEADER_DATA)
                        assert(*a->data == '[' && a->data[a->size - 1] == ']');
                else
                        check_bytes(a, f);
                for (SyslogField g = 0; g < f; g++) {
                        const SyslogText *b = &h->fields[g];

                        assert(b->size == 0 || a->data >= b->data + b->size ||
                               b->data >= a->data + a->size);
                }
        }
}

/* <PRI>VERSION, five fields, and no structured data. */
static bool is_usual(const char *p, const SyslogHeader *h) {
        size_t n_spaces = 0;

        for (size_t i = 0; i < h->plain_size; i++)
                n_spaces += p[i] == ' ';
        return h->plain_size == h->size && h->size >= 2 && n_spaces == 7 &&
               memcmp(p + h->size - 2, "- ", 2) == 0;
}

/* With more text the usual form is found in a quicker way, which gives the same. */
static void check_usual(const uint8_t *data, size_t size) {
        char *longer = exactly(size + TEXT_SIZE), *header;
        SyslogHeader quick, slow;

        memcpy(longer, data, size);
        memset(longer + size, 'x', TEXT_SIZE);
        (void)parse(longer, size + TEXT_SIZE, &quick);
        assert(quick.plain_size <= quick.size);
        for (size_t i = 0; i < quick.plain_size; i++)
                assert(longer[i] >= ' ' && longer[i] < 0x7f && longer[i] != '"' &&
                       longer[i] != '\\');
        if (is_usual(longer, &quick)) {
                /* without any text, it is not found in that way */
                header = exactly(quick.size);
                memcpy(header, longer, quick.size);
                (void)parse(header, quick.size, &slow);
                assert(slow.size == quick.size);
                assert(slow.priority == quick.priority);
                for (SyslogField f = 0; f < SYSLOG_HEADER_MAX_; f++)
                        assert(slow.fields[f].size == quick.fields[f].size &&
                               (slow.fields[f].size == 0 ||
                                slow.fields[f].data - header == quick.fields[f].data - longer));
                free(header);
        }
        free(longer);
}

/* Behind another message, the same is found as alone. */
static void check_behind(SyslogMemo *m, const char *p, size_t n) {
        SyslogHeader alone;
        bool found = syslog_memo_parse(m, p, n);

        assert(parse(p, n, &alone) == found);
        assert(m->header.size == alone.size && m->header.priority == alone.priority);
        assert(m->header.plain_size == alone.plain_size);
        for (SyslogField f = 0; f < SYSLOG_HEADER_MAX_; f++)
                assert(m->header.fields[f].size == alone.fields[f].size &&
                       (alone.fields[f].size == 0 ||
                        m->header.fields[f].data == alone.fields[f].data));
}

/* The message, the same with other digits, and with its end changed. */
static void check_memo(const uint8_t *data, size_t size) {
        SyslogMemo m = { 0 };
        char *first = exactly(size), *second = exactly(size);

        memcpy(first, data, size);
        memcpy(second, data, size);
        check_behind(&m, first, size);
        for (size_t i = 0; i < size; i++)
                if (second[i] >= '0' && second[i] <= '9')
                        second[i] = (char)('0' + (second[i] - '0' + (i > 4 ? 7 : 0)) % 10);
        check_behind(&m, second, size);
        for (size_t n = size; n-- > 0;) {
                check_behind(&m, first, size);
                second[n] = data[size - 1 - n];
                check_behind(&m, second, size);
                check_behind(&m, second, n);
                second[n] = first[n];
        }
        free(first);
        free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        char *copy = exactly(size);
        SyslogHeader h;
        bool found;

        memcpy(copy, data, size);
        found = parse(copy, size, &h);
        assert(h.size <= size);
        assert(h.priority >= SYSLOG_HEADER_NO_PRIORITY && h.priority <= 191);
        assert(found ==
               (h.priority != SYSLOG_HEADER_NO_PRIORITY || h.fields[SYSLOG_HEADER_TIME].size > 0));
        if (!found)
                assert(h.size == 0);
        for (SyslogField f = 0; !found && f < SYSLOG_HEADER_MAX_; f++)
                assert(h.fields[f].size == 0);
        check_fields(copy, &h);
        check_usual(data, size);
        if (size <= MEMO_SIZE)
                check_memo(data, size);
        free(copy);
        return 0;
}
