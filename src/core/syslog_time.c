/* SPDX-License-Identifier: MIT */
/* Each function takes what it looks for, or nothing. */

#include "core/syslog_time.h"

#include "core/macro.h"
#include "core/syslog_text.h"

#define YEAR_DIGITS 4
#define EPOCH_DIGITS 10
#define ZONE_LETTERS_MAX 5

/* MIN to MAX digits. */
static bool take_digits(SyslogCursor *c, size_t min, size_t max) {
        size_t n = 0;

        while (n < max && n < syslog_text_left(c) && syslog_text_is_digit(c->p[n]))
                n++;
        if (n < min)
                return false;

        c->p += n;
        return true;
}

static bool take_char(SyslogCursor *c, char wanted) {
        if (c->p == c->end || *c->p != wanted)
                return false;

        c->p++;
        return true;
}

static bool take_either(SyslogCursor *c, char a, char b) {
        return take_char(c, a) || take_char(c, b);
}

/* hh:mm:ss, where some write a single digit for the hour. */
static bool take_clock(SyslogCursor *c) {
        return take_digits(c, 1, 2) && take_char(c, ':') && take_digits(c, 2, 2) &&
               take_char(c, ':') && take_digits(c, 2, 2);
}

static void take_fraction(SyslogCursor *c) {
        SyslogCursor try = *c;

        if (take_either(&try, '.', ',') && take_digits(&try, 1, SIZE_MAX))
                *c = try;
}

static bool take_month(SyslogCursor *c) {
        static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

        if (syslog_text_left(c) < 3)
                return false;

        for (size_t i = 0; i < sizeof(months) - 1; i += 3)
                if (memcmp(c->p, months + i, 3) == 0) {
                        c->p += 3;
                        return true;
                }
        return false;
}

/* A day of one digit has two spaces before it, a zero, or neither. */
static bool take_day(SyslogCursor *c) {
        (void)take_char(c, ' ');
        return take_digits(c, 1, 2);
}

static bool is_at_end(const SyslogCursor *c) {
        return c->p == c->end || *c->p == ' ' || *c->p == ':';
}

static void take_year(SyslogCursor *c) {
        SyslogCursor try = *c;

        if (take_char(&try, ' ') && take_digits(&try, YEAR_DIGITS, YEAR_DIGITS) && is_at_end(&try))
                *c = try;
}

/* Letters may be a host: they are a zone where a colon follows, or if it is one of these. */
static void take_zone_name(SyslogCursor *c) {
        SyslogCursor try = *c;
        const char *name = c->p + 1;
        size_t n = 0;

        if (!take_char(&try, ' '))
                return;

        while (n < syslog_text_left(&try) && name[n] >= 'A' && name[n] <= 'Z')
                n++;
        try.p += n;
        if (n < 3 || n > ZONE_LETTERS_MAX || !is_at_end(&try))
                return;
        if ((try.p < try.end && *try.p == ':') || memcmp(name, "UTC", 3) == 0 ||
            memcmp(name, "GMT", 3) == 0)
                *c = try;
}

static bool take_traditional(SyslogCursor *c) {
        const bool has_year = syslog_text_is_digit(*c->p);

        if (has_year && !(take_digits(c, YEAR_DIGITS, YEAR_DIGITS) && take_char(c, ' ')))
                return false;
        if (!take_month(c) || !take_char(c, ' ') || !take_day(c))
                return false;
        if (!has_year)
                take_year(c);
        if (!take_char(c, ' ') || !take_clock(c))
                return false;

        take_fraction(c);
        take_year(c);
        take_zone_name(c);
        return is_at_end(c);
}

static void take_offset(SyslogCursor *c) {
        SyslogCursor try = *c;

        if (take_either(c, 'Z', 'z') || !take_either(&try, '+', '-') || !take_digits(&try, 2, 2))
                return;

        (void)take_char(&try, ':');
        if (take_digits(&try, 2, 2))
                *c = try;
}

static bool take_iso(SyslogCursor *c) {
        char separator;

        if (!take_digits(c, YEAR_DIGITS, YEAR_DIGITS) || c->p == c->end)
                return false;

        separator = *c->p;
        if (!(take_either(c, '-', '/') || take_char(c, ':')) || !take_digits(c, 1, 2) ||
            !take_char(c, separator) || !take_digits(c, 1, 2) ||
            !(take_either(c, 'T', ' ') || take_char(c, '-')) || !take_clock(c))
                return false;

        take_fraction(c);
        take_offset(c);
        return is_at_end(c);
}

static bool take_netscaler(SyslogCursor *c) {
        if (!take_digits(c, 2, 2) || !take_char(c, '/') || !take_digits(c, 2, 2) ||
            !take_char(c, '/') || !take_digits(c, YEAR_DIGITS, YEAR_DIGITS) || !take_char(c, ':') ||
            !take_clock(c))
                return false;

        take_zone_name(c);
        return is_at_end(c);
}

size_t syslog_time_size(const char *p, const char *end) {
        static bool (*const forms[])(SyslogCursor *) = { take_traditional, take_iso,
                                                         take_netscaler };

        for (size_t i = 0; p < end && i < ELEMENTSOF(forms); i++) {
                SyslogCursor c = { p, end };

                if (forms[i](&c))
                        return (size_t)(c.p - p);
        }
        return 0;
}

/* 3w2d, 1d04h, 00:12:34 */
size_t syslog_time_uptime_size(const char *p, const char *end) {
        SyslogCursor clock = { p, end }, units = clock;

        if (take_clock(&clock) && is_at_end(&clock))
                return (size_t)(clock.p - p);
        for (unsigned i = 0; i < 2; i++)
                if (!take_digits(&units, 1, 3) ||
                    !(take_either(&units, 'y', 'w') || take_either(&units, 'd', 'h')))
                        return 0;
        return is_at_end(&units) ? (size_t)(units.p - p) : 0;
}

size_t syslog_time_epoch_size(const char *p, const char *end) {
        SyslogCursor c = { p, end };

        if (!take_digits(&c, EPOCH_DIGITS, EPOCH_DIGITS))
                return 0;

        take_fraction(&c);
        return is_at_end(&c) ? (size_t)(c.p - p) : 0;
}
