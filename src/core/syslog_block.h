/* SPDX-License-Identifier: MIT */
/* Finds where words end in many bytes at a time. Only for syslog_header.c. */
#pragma once

#include "core/syslog_text.h"

#define SYSLOG_BLOCK_SIZE 32

/*
 * How many bytes from the first on are known to be plain, or spaces or exclamation marks. What the
 * subtractions borrow comes from bytes that are not.
 */
static inline size_t syslog_block_plain_size(const char *p, size_t n) {
        size_t i = 0;
        uint64_t w, stop;

        for (; n - i >= sizeof(w); i += sizeof(w)) {
                memcpy(&w, p + i, sizeof(w));
                w = le64toh(w);
                stop = w | (w + SYSLOG_TEXT_EVERY(1)) | (w - SYSLOG_TEXT_EVERY(' ')) |
                       ((w ^ SYSLOG_TEXT_EVERY('"')) - SYSLOG_TEXT_EVERY(1)) |
                       ((w ^ SYSLOG_TEXT_EVERY('\\')) - SYSLOG_TEXT_EVERY(1));
                if (stop & SYSLOG_TEXT_EVERY(0x80))
                        return i;
        }
        while (i < n && p[i] >= ' ' && p[i] < 0x7f && p[i] != '"' && p[i] != '\\')
                i++;
        return i;
}

#ifdef __SSE2__

typedef char SyslogVector __attribute__((vector_size(16)));
typedef signed char SyslogSignedVector __attribute__((vector_size(16)));
typedef unsigned char SyslogUnsignedVector __attribute__((vector_size(16)));

static inline uint32_t syslog_block_plain(const char *p) {
        SyslogUnsignedVector v;
        SyslogSignedVector plain;

        memcpy(&v, p, sizeof(v));
        /* 0x7f becomes negative, as those above are */
        plain = ((SyslogSignedVector)(v + 1) > '"' + 1) & (v != '\\');
        return (uint32_t)__builtin_ia32_pmovmskb128((SyslogVector)plain);
}

/*
 * Of a block, the bytes that are not plain as bits, the first the lowest: spaces, those that are not
 * printable ASCII, quotes and backslashes, which JSON escapes, and the exclamation mark, which is
 * between the space and the quote.
 */
static inline uint32_t syslog_block_stops(const char *p) {
        return ~(syslog_block_plain(p) | syslog_block_plain(p + 16) << 16);
}

#else

/* The high bit of each byte below C, at most 0x80; and of each that is C. The others are 0. */
static inline uint64_t syslog_block_below(uint64_t w, unsigned c) {
        return ~(((w & SYSLOG_TEXT_EVERY(0x7f)) + SYSLOG_TEXT_EVERY(0x80 - c)) | w) &
               SYSLOG_TEXT_EVERY(0x80);
}

static inline uint64_t syslog_block_equal(uint64_t w, unsigned c) {
        return syslog_block_below(w ^ SYSLOG_TEXT_EVERY(c), 1);
}

/* The same. */
static inline uint32_t syslog_block_stops(const char *p) {
        uint32_t stops = 0;
        uint64_t w, stop;

        for (unsigned i = 0; i < SYSLOG_BLOCK_SIZE; i += sizeof(w)) {
                memcpy(&w, p + i, sizeof(w));
                w = le64toh(w);
                stop = syslog_block_below(w, '"' + 1) | syslog_block_equal(w, 0x7f) |
                       syslog_block_equal(w, '\\') | (w & SYSLOG_TEXT_EVERY(0x80));
                stop >>= 7;
                /* the product's highest byte is those bits */
                stops |= (uint32_t)(stop * UINT64_C(0x0102040810204080) >> 56) << i;
        }
        return stops;
}

#endif
