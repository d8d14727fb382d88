/* SPDX-License-Identifier: MIT */
/*
 * UTF-8 as RFC 3629 defines it, one character at a time, and which characters escape.h calls
 * printable.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_SIZE_MAX 4

static inline bool utf8_is_tail(uint8_t c) {
        return (c & 0xc0) == 0x80;
}

/*
 * Size of the character that S begins with, N >= 1 bytes being there, and its number; 0 when it is
 * not valid: broken off, overlong, a surrogate or beyond U+10FFFF.
 */
static inline size_t utf8_decode(const uint8_t *s, size_t n, uint32_t *ret) {
        uint32_t c = s[0];

        if (c < 0x80) {
                *ret = c;
                return 1;
        }
        if (c < 0xe0) {
                /* C0 and C1 could only be overlong */
                if (c < 0xc2 || n < 2 || !utf8_is_tail(s[1]))
                        return 0;
                *ret = (c & 0x1f) << 6 | (s[1] & 0x3f);
                return 2;
        }
        if (c < 0xf0) {
                if (n < 3 || !utf8_is_tail(s[1]) || !utf8_is_tail(s[2]))
                        return 0;
                c = (c & 0x0f) << 12 | (uint32_t)(s[1] & 0x3f) << 6 | (s[2] & 0x3f);
                *ret = c;
                return c >= 0x800 && (c < 0xd800 || c > 0xdfff) ? 3 : 0;
        }
        if (c > 0xf4 || n < 4 || !utf8_is_tail(s[1]) || !utf8_is_tail(s[2]) || !utf8_is_tail(s[3]))
                return 0;
        c = (c & 0x07) << 18 | (uint32_t)(s[1] & 0x3f) << 12 | (uint32_t)(s[2] & 0x3f) << 6 |
            (s[3] & 0x3f);
        *ret = c;
        return c >= 0x10000 && c <= 0x10ffff ? 4 : 0;
}

static inline bool utf8_is_printable(uint32_t c) {
        if (c < 0xa0)
                return c >= 0x20 && c < 0x7f;
        if (c < 0x2000)
                return c != 0xad && c != 0x61c; /* soft hyphen; Arabic letter mark */
        /* Tags are as invisible as the byte order mark and its relatives; the rest is unassigned for good. */
        if (c > 0x2069)
                return c != 0xfeff && (c & 0xfffe) != 0xfffe && !(c >= 0xfdd0 && c <= 0xfdef) &&
                       !(c >= 0xe0000 && c <= 0xe007f);
        /*
         * Of the general punctuation: what has no width, bidi controls, invisible operators; line and
         * paragraph separator, which some readers take for the end of a line.
         */
        return !((c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
                 (c >= 0x2060 && c <= 0x2064) || c >= 0x2066);
}

/*
 * The quick way for most letters: size of the character when its first byte alone says that it is
 * valid and printable whatever its tail, else 0. At least UTF8_SIZE_MAX bytes are there.
 */
static inline size_t utf8_letter_size(const uint8_t *s) {
        if (s[0] >= 0xc3 && s[0] <= 0xdf && s[0] != 0xd8)
                return utf8_is_tail(s[1]) ? 2 : 0;
        if (s[0] >= 0xe3 && s[0] <= 0xee && s[0] != 0xed)
                return utf8_is_tail(s[1]) && utf8_is_tail(s[2]) ? 3 : 0;
        return 0;
}
