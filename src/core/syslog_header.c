/* SPDX-License-Identifier: MIT */
/* RFC 5424, section 6; what is not written so is left to syslog_legacy.c. */

#include "core/syslog_header.h"

#include "core/macro.h"
#include "core/syslog_block.h"
#include "core/syslog_legacy.h"
#include "core/syslog_text.h"
#include "core/syslog_time.h"

#define PRIORITY_MAX 191
#define PRIORITY_SIZE_MAX 5
#define VERSION_DIGITS 3
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* Its size, or 0. */
static _inline_ size_t priority_size(const char *p, size_t n, int *ret) {
        char padded[PRIORITY_SIZE_MAX] = "";
        unsigned v, digit;
        size_t i = 2;

        if (_unlikely_(n < PRIORITY_SIZE_MAX)) {
                memcpy(padded, p, n);
                p = padded;
        }
        v = (unsigned)p[1] - '0';
        if (p[0] != '<' || v > 9)
                return 0;

        while (p[i] != '>') {
                digit = (unsigned)p[i] - '0';
                if (digit > 9 || i == PRIORITY_SIZE_MAX - 1)
                        return 0;
                v = v * 10 + digit;
                i++;
        }
        if (v > PRIORITY_MAX)
                return 0;

        *ret = (int)v;
        return i + 1;
}

/* A number, and what may be a time. */
static bool take_version(SyslogCursor *c) {
        const size_t left = syslog_text_left(c);
        size_t i = 0;

        while (i < left && i < VERSION_DIGITS && syslog_text_is_digit(c->p[i]))
                i++;
        if (i == 0 || i + 1 >= left || c->p[0] == '0' || c->p[i] != ' ' ||
            !(c->p[i + 1] == '-' || syslog_text_is_digit(c->p[i + 1])))
                return false;

        c->p += i + 1;
        return true;
}

/* A word and the one space behind it. "-" is none. */
static bool take_field(SyslogCursor *c, SyslogText *ret) {
        const char *word = c->p, *end = syslog_text_word_end(word, c->end);

        if (end == word || end == c->end || *end != ' ')
                return false;

        *ret = (SyslogText){ word, (size_t)(end - word) };
        if (ret->size == 1 && *word == '-')
                ret->size = 0;
        c->p = end + 1;
        return true;
}

/* Its shape: nothing depends on its value. */
static inline bool is_time(const SyslogText *t) {
        return t->size == 0 ||
               (t->size >= strlen("2026-11-22T10:34:00Z") && syslog_text_is_digit(t->data[0]) &&
                t->data[4] == '-' && t->data[7] == '-' && t->data[10] == 'T' &&
                t->data[13] == ':' && t->data[16] == ':');
}

/* NAME: printable but =, ], " and space. */
static bool take_name(SyslogCursor *c) {
        const char *p = c->p;

        while (c->p < c->end && syslog_text_is_printable(*c->p) && *c->p != '=' && *c->p != ']' &&
               *c->p != '"')
                c->p++;
        return c->p > p;
}

/* Behind the first quote; a backslash takes the next byte with it. */
static bool take_value(SyslogCursor *c) {
        for (; c->p < c->end && *c->p != '"'; c->p++)
                if (*c->p == '\\' && c->end - c->p > 1)
                        c->p++;
        if (c->p == c->end)
                return false;

        c->p++;
        return true;
}

/* [NAME NAME="VALUE" …] */
static bool take_element(SyslogCursor *c) {
        c->p++;
        if (!take_name(c))
                return false;

        while (c->p < c->end && *c->p == ' ') {
                syslog_text_skip_spaces(c);
                if (c->p < c->end && *c->p == ']')
                        break;
                if (!take_name(c) || !syslog_text_begins(c, "=\""))
                        return false;
                c->p += strlen("=\"");
                if (!take_value(c))
                        return false;
        }
        if (c->p == c->end || *c->p != ']')
                return false;

        c->p++;
        return true;
}

static bool take_data(SyslogCursor *c, SyslogText *ret) {
        const char *data = c->p;

        if (c->p < c->end && *c->p == '-') {
                c->p++;
        } else {
                while (c->p < c->end && *c->p == '[')
                        if (!take_element(c))
                                return false;
                *ret = (SyslogText){ data, (size_t)(c->p - data) };
                if (c->p == data)
                        return false;
        }
        return c->p == c->end || *c->p == ' ';
}

/* Behind the version. What only looks like structured data belongs to the text. */
static bool take_fields(SyslogCursor *c, SyslogHeader *h) {
        SyslogCursor text;

        for (SyslogField f = SYSLOG_HEADER_TIME; f < SYSLOG_HEADER_DATA; f++)
                if (!take_field(c, &h->fields[f]))
                        return false;
        if (!is_time(&h->fields[SYSLOG_HEADER_TIME]) || c->p == c->end)
                return false;

        text = *c;
        if (!take_data(c, &h->fields[SYSLOG_HEADER_DATA])) {
                *c = text;
                h->fields[SYSLOG_HEADER_DATA].size = 0;
                return *c->p == '[';
        }
        if (c->p < c->end)
                c->p++;
        if (syslog_text_begins(c, BYTE_ORDER_MARK))
                c->p += strlen(BYTE_ORDER_MARK);
        return true;
}

/* There is a version, but not all fields. Meraki: SECONDS HOST TEXT */
static bool take_incomplete(SyslogCursor *c, SyslogHeader *h) {
        const size_t n = syslog_time_epoch_size(c->p, c->end);

        *h = (SyslogHeader){ .priority = h->priority };
        if (n > 0)
                h->fields[SYSLOG_HEADER_TIME] = (SyslogText){ c->p, n };
        c->p = syslog_legacy_parse(c->p + n, c->end, h);
        return h->fields[SYSLOG_HEADER_TIME].size > 0;
}

/* Behind a priority. */
static bool take_versioned(SyslogCursor *c, SyslogHeader *h) {
        SyslogCursor fields = *c, incomplete;

        if (!take_version(&fields))
                return false;

        incomplete = fields;
        if (take_fields(&fields, h)) {
                *c = fields;
                return true;
        }
        if (take_incomplete(&incomplete, h)) {
                *c = incomplete;
                return true;
        }
        *h = (SyslogHeader){ .priority = h->priority };
        return false;
}

/* Words of plain bytes, read in whole blocks. */
typedef struct Words {
        const char *p, *end; /* the current block, and the end of the message */
        const char *word;    /* the next one */
        uint64_t stops;      /* of the block, from the word on */
} Words;

/* Takes a word, and the one space behind it. "-" is none. False: it is not certain. */
static _inline_ bool take_plain(Words *w, SyslogText *ret) {
        const char *end;

        while (w->stops == 0) {
                w->p += SYSLOG_BLOCK_SIZE;
                if (w->end - w->p < SYSLOG_BLOCK_SIZE)
                        return false;

                w->stops = syslog_block_stops(w->p);
        }
        end = w->p + (size_t)__builtin_ctzll(w->stops);
        w->stops &= w->stops - 1;
        *ret = (SyslogText){ w->word, (size_t)(end - w->word) };
        if (_unlikely_(ret->size <= 1)) {
                if (ret->size == 0 || *w->word != '-')
                        return false;
                ret->size = 0;
        }
        w->word = end + 1;
        return *end == ' ';
}

/*
 * The usual form: plain fields, no structured data, and some text. There is nothing to look at
 * twice. START: behind the priority. False: it is not that, or not certain.
 */
static _inline_ bool take_usual(const char *p, size_t n, size_t start, SyslogHeader *h) {
        Words w = { .p = p, .end = p + n, .word = p + start + strlen("1 ") };
        SyslogText *fields = h->fields;

        if (n < SYSLOG_BLOCK_SIZE || p[start] < '1' || p[start] > '9' || p[start + 1] != ' ')
                return false;

        w.stops = syslog_block_stops(p);
        w.stops &= w.stops - 1; /* the space behind the version */
        if (!take_plain(&w, &fields[SYSLOG_HEADER_TIME]) ||
            !take_plain(&w, &fields[SYSLOG_HEADER_HOST]) ||
            !take_plain(&w, &fields[SYSLOG_HEADER_IDENTIFIER]) ||
            !take_plain(&w, &fields[SYSLOG_HEADER_PID]) ||
            !take_plain(&w, &fields[SYSLOG_HEADER_MSGID]) || w.end - w.word <= 2 ||
            w.word[0] != '-' || w.word[1] != ' ' || w.word[2] == BYTE_ORDER_MARK[0] ||
            !is_time(&fields[SYSLOG_HEADER_TIME]))
                return false;

        fields[SYSLOG_HEADER_DATA].size = 0;
        h->size = h->plain_size = (size_t)(w.word + 2 - p);
        return true;
}

static bool parse_carefully(const char *p, size_t n, size_t start, int priority,
                            SyslogHeader *ret) {
        SyslogCursor c = { p + start, p + n };

        *ret = (SyslogHeader){ .priority = priority };
        if (start == 0 || !take_versioned(&c, ret))
                c.p = syslog_legacy_parse(c.p, c.end, ret);
        ret->size = (size_t)(c.p - p);
        ret->plain_size = syslog_block_plain_size(p, ret->size);
        return start > 0 || ret->fields[SYSLOG_HEADER_TIME].size > 0;
}

bool syslog_header_parse(const char *p, size_t n, SyslogHeader *ret) {
        int priority = SYSLOG_HEADER_NO_PRIORITY;
        const size_t start = priority_size(p, n, &priority);

        if (_unlikely_(start == 0 || !take_usual(p, n, start, ret)))
                return parse_carefully(p, n, start, priority, ret);

        ret->priority = priority;
        return true;
}

bool syslog_header_exists(const char *p, size_t n) {
        SyslogHeader h;
        int priority = SYSLOG_HEADER_NO_PRIORITY;

        return priority_size(p, n, &priority) > 0 || parse_carefully(p, n, 0, priority, &h);
}
