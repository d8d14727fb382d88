/* SPDX-License-Identifier: MIT */
/*
 * In this order, and each may be missing: what some devices put before the time, the time, the
 * host, and the tag.
 */

#include "core/syslog_legacy.h"

#include "core/macro.h"
#include "core/syslog_text.h"
#include "core/syslog_time.h"
#include <strings.h>

/* Words before the time. */
#define ORIGINS_MAX 4

static void set(SyslogHeader *h, SyslogField f, const char *p, const char *end) {
        h->fields[f] = (SyslogText){ p, (size_t)(end - p) };
}

static bool has(const SyslogHeader *h, SyslogField f) {
        return h->fields[f].size > 0;
}

static bool is_word_end(const SyslogCursor *c) {
        return c->p == c->end || *c->p == ' ' || *c->p == '\t';
}

/* What follows the word that C is at. */
static SyslogCursor behind_word(SyslogCursor c) {
        return (SyslogCursor){ syslog_text_word_end(c.p, c.end), c.end };
}

static bool all_digits(const char *p, const char *end) {
        while (p < end && syslog_text_is_digit(*p))
                p++;
        return p == end;
}

/* --- the tag --- */

static inline bool is_tag_char(char c) {
        static const bool table[UINT8_MAX + 1] = {
                ['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['0' ... '9'] = true, ['.'] = true,
                ['_'] = true,         ['-'] = true,         ['/'] = true,         ['%'] = true,
                ['@'] = true,         ['#'] = true,         ['+'] = true,         ['$'] = true,
                ['('] = true,         [')'] = true,         ['*'] = true,         [','] = true,
                ['~'] = true,         ['&'] = true,         ['!'] = true,
        };

        return table[(uint8_t)c];
}

/* The end of a tag's name, which has a letter at least; or NULL. */
static const char *tag_end(const SyslogCursor *c) {
        const char *p = c->p;
        bool has_letter = false;

        for (; p < c->end && is_tag_char(*p); p++)
                has_letter |= syslog_text_is_letter(*p);
        return has_letter ? p : NULL;
}

/* Tags that the first field of an event follows at once. */
static bool is_event_tag(const SyslogCursor *c) {
        return syslog_text_begins(c, "CEF:") || syslog_text_begins(c, "LEEF:") ||
               syslog_text_begins(c, "MSWinEventLog\t");
}

/* "[PID]", without the brackets. False: there is none. */
static bool take_pid(SyslogCursor *c, SyslogText *ret) {
        const char *pid = c->p + 1, *end = pid;

        while (end < c->end && syslog_text_is_printable(*end) && *end != ']')
                end++;
        if (end == pid || end == c->end || *end != ']')
                return false;

        *ret = (SyslogText){ pid, (size_t)(end - pid) };
        c->p = end + 1;
        return true;
}

/* NAME: or NAME[PID]: or NAME[PID] */
static bool take_tag(SyslogCursor *c, SyslogHeader *h) {
        const char *end = tag_end(c);
        SyslogText pid = { NULL, 0 };
        SyslogCursor next = { end, c->end };

        if (!end || end == c->end || (*end == '[' && !take_pid(&next, &pid)))
                return false;

        if (next.p < next.end && *next.p == ':')
                next.p++;
        else if (pid.size == 0 && !is_event_tag(c))
                return false;
        if (!is_word_end(&next) && *next.p != '[' && *c->p != '%' && !is_event_tag(c))
                return false;

        set(h, SYSLOG_HEADER_IDENTIFIER, c->p, end);
        if (*c->p != '%') /* in the tags of Huawei it is a counter */
                h->fields[SYSLOG_HEADER_PID] = pid;
        c->p = next.p;
        return true;
}

static bool begins_with_tag(SyslogCursor c) {
        SyslogHeader h;

        return take_tag(&c, &h);
}

static bool is_severity(const char *word, const char *end) {
        static const struct {
                char text[7];
                uint8_t size;
        } words[] = { { "emerg", 5 }, { "alert", 5 }, { "crit", 4 },   { "err", 3 },
                      { "error", 5 }, { "warn", 4 },  { "notice", 6 }, { "warning", 7 },
                      { "info", 4 },  { "debug", 5 } };
        const size_t n = (size_t)(end - word);

        for (size_t i = 0; n <= sizeof(words->text) && i < ELEMENTSOF(words); i++)
                if (words[i].size == n && strncasecmp(word, words[i].text, n) == 0)
                        return true;
        return false;
}

/* F5 puts the severity before the tag, ProCurve the number of the event. */
static void skip_before_tag(SyslogCursor *c) {
        SyslogCursor next = behind_word(*c);

        if (next.p == c->p || !(is_severity(c->p, next.p) || all_digits(c->p, next.p)))
                return;

        syslog_text_skip_spaces(&next);
        if (begins_with_tag(next))
                *c = next;
}

/* --- the time, and what comes before it --- */

/* A device whose clock is not set marks its time. */
static bool take_time(SyslogCursor *c, SyslogHeader *h) {
        const char *p = c->p;
        size_t n;

        if (p < c->end && (*p == '*' || *p == '.'))
                p++;
        n = syslog_time_size(p, c->end);
        if (n == 0)
                return false;

        set(h, SYSLOG_HEADER_TIME, p, p + n);
        c->p = p + n;
        if (c->p < c->end && *c->p == ':')
                c->p++;
        return true;
}

/* Cisco: 4w5d: %SYS-5-CONFIG_I */
static bool take_uptime(SyslogCursor *c, SyslogHeader *h) {
        const size_t n = syslog_time_uptime_size(c->p, c->end);
        SyslogCursor next = { c->p + n, c->end };

        if (n == 0 || !syslog_text_begins(&next, ": %"))
                return false;

        set(h, SYSLOG_HEADER_TIME, c->p, next.p);
        c->p = next.p + 1;
        return true;
}

static bool begins_with_time(SyslogCursor c) {
        SyslogHeader h;

        return take_time(&c, &h);
}

/* Cisco's has a colon. Behind any other colon, a time is one that the application has added. */
static bool begins_with_cisco_time(SyslogCursor c) {
        SyslogHeader h;

        syslog_text_skip_spaces(&c);
        return (take_time(&c, &h) && c.p[-1] == ':') || take_uptime(&c, &h);
}

/* WLC: *spamApTask0: Nov 22 10:34:00.123: */
static bool begins_with_task(SyslogCursor c) {
        const SyslogCursor next = behind_word(c);

        return next.p > c.p && *c.p == '*' && next.p[-1] == ':' && begins_with_cisco_time(next);
}

/* Whether what comes before was no tag: a counter, a task, the time or the tag of a Cisco follows. */
static bool begins_like_cisco(SyslogCursor c) {
        SyslogCursor next;

        syslog_text_skip_spaces(&c);
        next = behind_word(c);
        if (next.p == c.p)
                return false;
        if (*c.p == '%' || (next.p[-1] == ':' && all_digits(c.p, next.p - 1)))
                return true;
        return begins_with_cisco_time(c) || begins_with_task(c);
}

/* IOS XR: RP/0/RSP0/CPU0:Nov 22 10:34:00.123 UTC. Returns the first colon, or NULL. */
static const char *node_end(SyslogCursor c) {
        const char *end = syslog_text_word_end(c.p, c.end);
        const char *colon = memchr(c.p, ':', (size_t)(end - c.p));

        if (!colon || colon == c.p)
                return NULL;

        c.p = colon + 1;
        return begins_with_time(c) ? colon : NULL;
}

/* A word that ends in a colon. */
static bool take_origin_word(SyslogCursor *c, SyslogHeader *h, SyslogCursor next) {
        const char *end = next.p - 1;

        if (!all_digits(c->p, end) && !begins_with_task(*c)) {
                if (*c->p == '%' || !begins_like_cisco(next))
                        return false;
                set(h, SYSLOG_HEADER_HOST, c->p, end);
        }
        *c = next;
        return true;
}

/* One word before the time. False: it is none of these. */
static bool take_origin(SyslogCursor *c, SyslogHeader *h) {
        SyslogCursor next = behind_word(*c);
        const char *node = node_end(*c);

        if (node) {
                if (!has(h, SYSLOG_HEADER_HOST))
                        set(h, SYSLOG_HEADER_HOST, c->p, node);
                c->p = node + 1;
                return true;
        }
        if (next.p == c->p || !is_word_end(&next))
                return false;
        if (next.p[-1] == ':')
                return take_origin_word(c, h, next);

        /* HOST NODE:TIME */
        syslog_text_skip_spaces(&next);
        if (!node_end(next))
                return false;
        set(h, SYSLOG_HEADER_HOST, c->p, syslog_text_word_end(c->p, c->end));
        *c = next;
        return true;
}

/* Without a priority only a time is certain. */
static void take_time_with_origins(SyslogCursor *c, SyslogHeader *h) {
        for (unsigned i = 0; i <= ORIGINS_MAX; i++) {
                syslog_text_skip_spaces(c);
                if (take_time(c, h) || take_uptime(c, h) ||
                    h->priority == SYSLOG_HEADER_NO_PRIORITY || !take_origin(c, h))
                        return;
        }
}

/* --- the host --- */

/* Cisco: HOST: %TAG. Ubiquiti: MODEL,MAC,VERSION: TAG */
static bool is_host_with_colon(SyslogCursor c, SyslogCursor next) {
        const char *word = c.p, *end = next.p;

        syslog_text_skip_spaces(&next);
        if (next.p == next.end || *word == '%')
                return false;
        return *next.p == '%' || (memchr(word, ',', (size_t)(end - word)) && begins_with_tag(next));
}

/* Behind the time a word is the host, unless it is a tag or cannot be one. */
static void take_host(SyslogCursor *c, SyslogHeader *h) {
        bool forwarded = syslog_text_begins(c, "Message forwarded from "); /* AIX */
        SyslogCursor next;
        const char *end;

        if (forwarded)
                c->p += strlen("Message forwarded from ");
        next = behind_word(*c);
        end = next.p;
        if (end == c->p || !is_word_end(&next) || is_severity(c->p, end))
                return;

        if (end[-1] == ':') {
                end--;
                if (end == c->p || !(forwarded || is_host_with_colon(*c, next)))
                        return;
        } else if (begins_with_tag(*c)) {
                return;
        }
        set(h, SYSLOG_HEADER_HOST, c->p, end);
        *c = next;
        if (c->p < c->end && *c->p == '\t') /* Snare */
                c->p++;
}

const char *syslog_legacy_parse(const char *p, const char *end, SyslogHeader *h) {
        SyslogCursor c = { p, end };

        if (!has(h, SYSLOG_HEADER_TIME))
                take_time_with_origins(&c, h);
        syslog_text_skip_spaces(&c);
        if (has(h, SYSLOG_HEADER_TIME)) {
                if (!has(h, SYSLOG_HEADER_HOST))
                        take_host(&c, h);
                syslog_text_skip_spaces(&c);
                if (syslog_text_begins(&c, ": ")) { /* ASA: HOST : %TAG */
                        c.p++;
                        syslog_text_skip_spaces(&c);
                }
        } else if (h->priority == SYSLOG_HEADER_NO_PRIORITY) {
                return p;
        }
        skip_before_tag(&c);
        if (take_tag(&c, h))
                syslog_text_skip_spaces(&c);
        return c.p;
}
