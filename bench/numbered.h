/* SPDX-License-Identifier: MIT */
/*
 * Numbered messages: "#LLLL.NNNNNNNNN", LLLL the lane (connection or socket) that sends it, then
 * filling up to the wanted size. Both sides of a measurement know from these two numbers what every
 * message has to be, so each one is found again, whole, exactly once.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define NUMBERED_LANE_DIGITS 4
#define NUMBERED_DIGITS 9
#define NUMBERED_HEAD (1 + NUMBERED_LANE_DIGITS + 1 + NUMBERED_DIGITS)
#define NUMBERED_LANES_MAX 10000
#define NUMBERED_SIZE_MAX 65536

static inline void numbered_put(char *p, unsigned width, uint64_t v) {
        while (width-- > 0) {
                p[width] = (char)('0' + v % 10);
                v /= 10;
        }
}

/* SIZE bytes, at least NUMBERED_HEAD. */
static inline void numbered_make(char *dst, size_t size, unsigned lane, uint64_t number) {
        dst[0] = '#';
        numbered_put(dst + 1, NUMBERED_LANE_DIGITS, lane);
        dst[1 + NUMBERED_LANE_DIGITS] = '.';
        numbered_put(dst + 2 + NUMBERED_LANE_DIGITS, NUMBERED_DIGITS, number);
        for (size_t i = NUMBERED_HEAD; i < size; i++)
                dst[i] = (char)('a' + i % 26);
}

/* Makes it the next message of its lane. */
static inline void numbered_next(char *message) {
        char *p = message + NUMBERED_HEAD;

        while (*--p == '9')
                *p = '0';
        (*p)++;
}

/* False: no numbers stand there. */
static inline bool numbered_parse(const char *p, unsigned width, uint64_t *ret) {
        *ret = 0;
        for (unsigned i = 0; i < width; i++) {
                if (p[i] < '0' || p[i] > '9')
                        return false;
                *ret = *ret * 10 + (uint64_t)(p[i] - '0');
        }
        return true;
}

/* How many of TOTAL messages LANE of LANES sends. */
static inline uint64_t numbered_share(uint64_t total, unsigned lanes, unsigned lane) {
        return total / lanes + (lane < total % lanes);
}
