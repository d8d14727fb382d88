/* SPDX-License-Identifier: MIT */
/* One function for each kind of spelling; they are tried one after the other. */

#include "ctl/when.h"

#include "core/macro.h"
#include "core/unit.h"
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define DIGITS "0123456789"
/* Far beyond any clock, and what sums of it still fit. */
#define USEC_MAX (UINT64_MAX / 1024)

static int take_number(const char **p, uint64_t *ret) {
        char *end;

        if (strspn(*p, DIGITS) == 0)
                return -EINVAL;

        errno = 0;
        *ret = strtoull(*p, &end, 10);
        *p = end;
        return errno > 0 ? -EINVAL : 0;
}

/* "-1h 30min", "1h 30min ago", "+5s"; with neither sign nor "ago" it is in the past too. */
static int parse_relative(const char *text, uint64_t now, uint64_t *ret) {
        const char *p = text + (*text == '-' || *text == '+');
        bool has_sign = p > text;
        uint64_t span;

        if (unit_take_time(&p, &span) < 0 || span > USEC_MAX)
                return -EINVAL;
        if (*p && (has_sign || strcmp(p, "ago") != 0))
                return -EINVAL;

        if (*text == '+')
                *ret = now + span;
        else
                *ret = now > span ? now - span : 0;
        return 0;
}

/* "@SECONDS", with a fraction of up to six digits. */
static int take_fraction(const char **p, uint64_t *ret) {
        uint64_t unit = USEC_PER_SEC / 10;

        *ret = 0;
        if (**p != '.')
                return 0;
        if (strspn(++*p, DIGITS) == 0)
                return -EINVAL;
        for (; **p >= '0' && **p <= '9'; (*p)++, unit /= 10)
                *ret += (uint64_t)(**p - '0') * unit;
        return 0;
}

static int parse_epoch(const char *text, uint64_t *ret) {
        uint64_t seconds, fraction;

        if (*text++ != '@' || take_number(&text, &seconds) < 0 ||
            seconds > USEC_MAX / USEC_PER_SEC || take_fraction(&text, &fraction) < 0 || *text)
                return -EINVAL;

        *ret = seconds * USEC_PER_SEC + fraction;
        return 0;
}

static int to_usec(struct tm *tm, bool utc, uint64_t fraction, uint64_t *ret) {
        const struct tm wanted = *tm;
        time_t t;

        tm->tm_isdst = -1;
        t = utc ? timegm(tm) : mktime(tm);
        /* the 31st of February is none */
        if (t < 0 || tm->tm_mday != wanted.tm_mday || tm->tm_mon != wanted.tm_mon)
                return -EINVAL;

        *ret = (uint64_t)t * USEC_PER_SEC + fraction;
        return 0;
}

/* The day of NOW, where the clock is meant to be read. */
static int set_today(uint64_t now, bool utc, struct tm *tm) {
        time_t t = (time_t)(now / USEC_PER_SEC);
        struct tm today;

        if (utc ? !gmtime_r(&t, &today) : !localtime_r(&t, &today))
                return -EINVAL;
        tm->tm_year = today.tm_year;
        tm->tm_mon = today.tm_mon;
        tm->tm_mday = today.tm_mday;
        return 0;
}

/* Midnight of the day that is DAYS after the one of NOW. */
static int day_start(uint64_t now, int days, struct tm *ret) {
        *ret = (struct tm){ 0 };
        if (set_today(now, false, ret) < 0)
                return -EINVAL;
        ret->tm_mday += days;
        ret->tm_isdst = -1;
        return mktime(ret) < 0 ? -EINVAL : 0; /* which also finds the month */
}

static int parse_word(const char *text, uint64_t now, uint64_t *ret) {
        static const struct {
                const char *word;
                int days;
        } days[] = { { "today", 0 }, { "yesterday", -1 }, { "tomorrow", 1 } };
        struct tm tm;

        if (strcasecmp(text, "now") == 0) {
                *ret = now;
                return 0;
        }
        for (size_t i = 0; i < ELEMENTSOF(days); i++)
                if (strcasecmp(text, days[i].word) == 0)
                        return day_start(now, days[i].days, &tm) < 0 ? -EINVAL
                                                                     : to_usec(&tm, false, 0, ret);
        return -EINVAL;
}

/* HH:MM[:SS[.FRACTION]] */
static int take_clock(const char **p, struct tm *tm, uint64_t *ret_fraction) {
        const char *end = strptime(*p, "%H:%M", tm);

        *ret_fraction = 0;
        if (!end)
                return -EINVAL;
        if (*end == ':') {
                end = strptime(end + 1, "%S", tm);
                if (!end || take_fraction(&end, ret_fraction) < 0)
                        return -EINVAL;
        }
        *p = end;
        return 0;
}

static int parse_date(const char *text, uint64_t now, uint64_t *ret) {
        uint64_t fraction = 0;
        const char *p = text, *end;
        struct tm tm = { 0 };
        bool utc;

        end = strptime(p, "%Y-%m-%d", &tm);
        if (end)
                p = end;
        if (end && (*p == 'T' || (*p == ' ' && strchr(DIGITS, p[1]) && p[1])))
                p++;
        if ((!end || p > end) && take_clock(&p, &tm, &fraction) < 0)
                return -EINVAL;

        utc = strcmp(p, "Z") == 0 || strcmp(p, " UTC") == 0;
        if ((*p && !utc) || (!end && set_today(now, utc, &tm) < 0))
                return -EINVAL;
        return to_usec(&tm, utc, fraction, ret);
}

int when_parse(const char *text, uint64_t now_usec, uint64_t *ret) {
        int r = parse_word(text, now_usec, ret);

        if (r < 0)
                r = parse_epoch(text, ret);
        if (r < 0)
                r = parse_relative(text, now_usec, ret);
        return r < 0 ? parse_date(text, now_usec, ret) : 0;
}
