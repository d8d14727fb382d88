/* SPDX-License-Identifier: MIT */
/* Message ids: base 36 text, incremented in place. */

#include "core/id.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#define BASE 36
#define SALT_DIGITS 3
#define SALT_RANGE (BASE * BASE * BASE)
#define NUMBER_MAX 13 /* digits of UINT64_MAX */

static const char digits[BASE + 1] = "0123456789abcdefghijklmnopqrstuvwxyz";

static void put_number(Id *id, uint64_t v) {
        char text[NUMBER_MAX];
        size_t n = 0;

        do {
                text[NUMBER_MAX - ++n] = digits[v % BASE];
                v /= BASE;
        } while (v > 0);
        memcpy(id->text + id->size, text + NUMBER_MAX - n, n);
        id->size = (uint8_t)(id->size + n);
}

/* A fixed width, so that start time and salt can't run into each other. */
static void put_salt(Id *id, uint32_t salt) {
        for (size_t i = SALT_DIGITS; i-- > 0; salt /= BASE)
                id->text[id->size + i] = digits[salt % BASE];
        id->size += SALT_DIGITS;
}

void id_init(Id *id, uint64_t start_msec, uint32_t salt, unsigned worker) {
        *id = (Id){ 0 };
        put_number(id, start_msec);
        /* Each reduced first: a sum that wrapped could meet another worker's. */
        put_salt(id, (salt % SALT_RANGE + worker % SALT_RANGE) % SALT_RANGE);
        id->text[id->size++] = '-';
        id->first = id->size;
        id->text[id->size++] = '0';
}

void id_carry(Id *id) {
        char *first = id->text + id->first;
        char *p = id->text + id->size - 1;

        while (p >= first && *p == 'z')
                *p-- = '0';

        if (p >= first) {
                *p = *p == '9' ? 'a' : (char)(*p + 1);
                return;
        }

        /* All digits are zeros now: one more of them, behind a leading 1. */
        assert(id->size < ID_TEXT_MAX);
        *first = '1';
        id->text[id->size++] = '0';
}
