/* SPDX-License-Identifier: MIT */
/* Numbers with units. Not strtod(), whose decimal point depends on the locale. */

#include "core/unit.h"

#include "core/macro.h"
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* What one letter or word stands for. The first name of a value is the one that is printed. */
typedef struct Unit {
        const char *name;
        uint64_t value;
} Unit;

static const Unit sizes[] = {
        { "", 1 },
        { "K", UINT64_C(1) << 10 },
        { "M", UINT64_C(1) << 20 },
        { "G", UINT64_C(1) << 30 },
        { "T", UINT64_C(1) << 40 },
};

static const Unit times[] = {
        { "us", 1 },
        { "usec", 1 },
        { "ms", USEC_PER_MSEC },
        { "msec", USEC_PER_MSEC },
        { "s", USEC_PER_SEC },
        { "sec", USEC_PER_SEC },
        { "second", USEC_PER_SEC },
        { "seconds", USEC_PER_SEC },
        { "min", 60 * USEC_PER_SEC },
        { "m", 60 * USEC_PER_SEC },
        { "minute", 60 * USEC_PER_SEC },
        { "minutes", 60 * USEC_PER_SEC },
        { "h", 3600 * USEC_PER_SEC },
        { "hr", 3600 * USEC_PER_SEC },
        { "hour", 3600 * USEC_PER_SEC },
        { "hours", 3600 * USEC_PER_SEC },
        { "d", 86400 * USEC_PER_SEC },
        { "day", 86400 * USEC_PER_SEC },
        { "days", 86400 * USEC_PER_SEC },
        { "w", 7 * 86400 * USEC_PER_SEC },
        { "week", 7 * 86400 * USEC_PER_SEC },
        { "weeks", 7 * 86400 * USEC_PER_SEC },
};

/* A number as it is written, before its unit is known. */
typedef struct Number {
        uint64_t whole;
        double fraction; /* less than 1 */
        bool is_zero;
} Number;

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

/* "12", "0.5", "1." or ".5" */
static int take_number(const char **p, Number *ret) {
        Number n = { .is_zero = true };
        double place = 1;
        bool any = false;

        for (; is_digit(**p); (*p)++, any = true) {
                if (__builtin_mul_overflow(n.whole, 10, &n.whole) ||
                    __builtin_add_overflow(n.whole, (uint64_t)(**p - '0'), &n.whole))
                        return -ERANGE;
                n.is_zero &= **p == '0';
        }
        if (**p == '.')
                for ((*p)++; is_digit(**p); (*p)++, any = true) {
                        place /= 10;
                        n.fraction += (**p - '0') * place;
                        n.is_zero &= **p == '0';
                }
        *ret = n;
        return any ? 0 : -EINVAL;
}

static const Unit *find_unit(const Unit *units, size_t n_units, const char *name, size_t size) {
        for (size_t i = 0; i < n_units; i++)
                if (strlen(units[i].name) == size && strncmp(units[i].name, name, size) == 0)
                        return &units[i];
        return NULL;
}

/* A number, spaces, and a unit, whose name may be "" if that is in UNITS. */
static int take_term(const char **p, const Unit *units, size_t n_units, uint64_t *ret) {
        const Unit *unit;
        Number n;
        size_t size;
        int r;

        r = take_number(p, &n);
        if (r < 0)
                return r;

        *p += strspn(*p, " ");
        size = strspn(*p, LETTERS);
        unit = find_unit(units, n_units, *p, size);
        if (!unit)
                return -EINVAL;

        *p += size;
        if (__builtin_mul_overflow(n.whole, unit->value, ret) ||
            __builtin_add_overflow(*ret, (uint64_t)(n.fraction * (double)unit->value + 0.5), ret))
                return -ERANGE;
        if (*ret == 0 && !n.is_zero)
                *ret = 1;
        return 0;
}

int unit_parse_size(const char *text, uint64_t *ret) {
        uint64_t bytes;
        int r = take_term(&text, sizes, ELEMENTSOF(sizes), &bytes);

        if (r == 0 && *text)
                r = -EINVAL;
        if (r == 0)
                *ret = bytes;
        return r;
}

int unit_take_time(const char **p, uint64_t *ret) {
        uint64_t sum = 0, usec;
        int r;

        do {
                r = take_term(p, times, ELEMENTSOF(times), &usec);
                if (r < 0)
                        return r;
                if (__builtin_add_overflow(sum, usec, &sum))
                        return -ERANGE;
                *p += strspn(*p, " ");
        } while (is_digit(**p));

        *ret = sum;
        return 0;
}

int unit_parse_time(const char *text, uint64_t *ret) {
        static const Unit seconds = { "", USEC_PER_SEC };
        const char *p = text;
        uint64_t usec;
        int r;

        r = take_term(&p, &seconds, 1, &usec);
        if (r == -EINVAL) {
                p = text;
                r = unit_take_time(&p, &usec);
        }
        if (r == 0 && *p)
                r = -EINVAL;
        if (r == 0)
                *ret = usec;
        return r;
}

static void format(const Unit *units, size_t n_units, uint64_t value, char *buf) {
        const Unit *unit = &units[0];

        for (size_t i = 1; i < n_units; i++)
                if (units[i].value > unit->value && value % units[i].value == 0)
                        unit = &units[i];
        (void)snprintf(buf, UNIT_TEXT_MAX, "%" PRIu64 "%s", value / unit->value,
                       value > 0 ? unit->name : "");
}

void unit_format_size(uint64_t bytes, char buf[static UNIT_TEXT_MAX]) {
        format(sizes, ELEMENTSOF(sizes), bytes, buf);
}

void unit_format_time(uint64_t usec, char buf[static UNIT_TEXT_MAX]) {
        format(times, ELEMENTSOF(times), usec, buf);
}
