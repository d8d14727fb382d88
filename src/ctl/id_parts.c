/* SPDX-License-Identifier: MIT */
/* Both numbers are of base 36, without leading zeros. */

#include "ctl/id_parts.h"

#include "core/macro.h"
#include <string.h>

#define BASE 36
#define SALT_DIGITS 3

/* So many digits are always less than 2^64. */
#define SAFE_DIGITS 12

static unsigned value(char c) {
        if (c >= '0' && c <= '9')
                return (unsigned)(c - '0');
        return c >= 'a' && c <= 'z' ? (unsigned)(c - 'a') + 10 : BASE;
}

bool id_parts_counter(const char *digits, size_t n, uint64_t *ret) {
        uint64_t v = 0;

        if (n == 0 || (digits[0] == '0' && n > 1))
                return false;
        for (size_t i = 0; i < n; i++) {
                const unsigned digit = value(digits[i]);

                if (digit == BASE || (i >= SAFE_DIGITS && v > (UINT64_MAX - digit) / BASE))
                        return false;
                v = v * BASE + digit;
        }
        *ret = v;
        return true;
}

static bool is_salt(const char *digits) {
        for (size_t i = 0; i < SALT_DIGITS; i++)
                if (value(digits[i]) == BASE)
                        return false;
        return true;
}

bool id_parts_split(const char *id, size_t size, IdParts *ret) {
        const char *dash = memchr(id, '-', size);
        size_t n = dash ? (size_t)(dash - id) : 0;
        uint64_t msec;

        if (n <= SALT_DIGITS || !id_parts_counter(id, n - SALT_DIGITS, &msec) ||
            !is_salt(dash - SALT_DIGITS) || msec > UINT64_MAX / USEC_PER_MSEC ||
            !id_parts_counter(dash + 1, size - n - 1, &ret->counter))
                return false;

        ret->prefix = id;
        ret->prefix_size = n;
        ret->started_usec = msec * USEC_PER_MSEC;
        return true;
}
