/* SPDX-License-Identifier: MIT */
/* Bytes and words of a syslog header. Only for syslog_*.c. */
#pragma once

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* What is left of a message. */
typedef struct SyslogCursor {
        const char *p, *end;
} SyslogCursor;

static inline size_t syslog_text_left(const SyslogCursor *c) {
        return (size_t)(c->end - c->p);
}

static inline bool syslog_text_is_digit(char c) {
        return c >= '0' && c <= '9';
}

static inline bool syslog_text_is_letter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool syslog_text_is_printable(char c) {
        return c > ' ' && c < 0x7f;
}

static inline void syslog_text_skip_spaces(SyslogCursor *c) {
        while (c->p < c->end && *c->p == ' ')
                c->p++;
}

#define SYSLOG_TEXT_EVERY(byte) (UINT64_C(0x0101010101010101) * (byte))
/* Whether MARK, a literal, comes next. */
#define syslog_text_begins(c, mark)                                                                \
        (syslog_text_left(c) >= sizeof(mark) - 1 && memcmp((c)->p, mark, sizeof(mark) - 1) == 0)

/*
 * The end of a run of printable ASCII without spaces. Eight bytes at a time: the subtraction and
 * the addition carry out of other bytes only, so the first of these is found.
 */
static inline const char *syslog_text_word_end(const char *p, const char *end) {
        uint64_t w, stop;

        for (; end - p >= (ptrdiff_t)sizeof(w); p += sizeof(w)) {
                memcpy(&w, p, sizeof(w));
                w = le64toh(w);
                stop = (w | (w - SYSLOG_TEXT_EVERY('!')) | (w + SYSLOG_TEXT_EVERY(1))) &
                       SYSLOG_TEXT_EVERY(0x80);
                if (stop != 0)
                        return p + __builtin_ctzll(stop) / 8;
        }
        while (p < end && syslog_text_is_printable(*p))
                p++;
        return p;
}
