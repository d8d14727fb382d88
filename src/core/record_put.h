/* SPDX-License-Identifier: MIT */
/* Appending to a text; each returns its new end. Only for record*.c. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define NUMBER_MAX 20 /* digits of a uint64_t */

static inline char *put(char *p, const char *s, size_t n) {
        memcpy(p, s, n);
        return p + n;
}

static inline char *put_text(char *p, const char *s) {
        return put(p, s, strlen(s));
}

/* Not inline: that would cost text records, which have no number, some registers. */
static char *put_number(char *p, uint64_t v) {
        char digits[NUMBER_MAX];
        size_t n = 0;

        do {
                digits[NUMBER_MAX - ++n] = (char)('0' + v % 10);
                v /= 10;
        } while (v > 0);
        return put(p, digits + NUMBER_MAX - n, n);
}
