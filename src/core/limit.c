/* SPDX-License-Identifier: MIT */
/*
 * Open addressing with linear probing. A peer chooses its own IPv6 prefix or comes from many
 * addresses, so the hash is keyed with random bytes: nobody can aim at one chain.
 */

#include "core/limit.h"

#include "core/macro.h"
#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#define CAPACITY_MIN 64 /* a power of two, as every capacity */

typedef struct Entry {
        AddressKey key;
        unsigned count; /* 0: the place is empty */
} Entry;

struct LimitTable {
        Entry *entries;
        size_t capacity;
        size_t size;
        uint64_t seed[2];
};

LimitTable *limit_table_new(void) {
        _cleanup_free_ LimitTable *t = calloc(1, sizeof(*t));

        if (!t)
                return NULL;
        if (getrandom(t->seed, sizeof(t->seed), 0) != (ssize_t)sizeof(t->seed))
                return NULL;

        t->entries = calloc(CAPACITY_MIN, sizeof(*t->entries));
        if (!t->entries)
                return NULL;

        t->capacity = CAPACITY_MIN;
        return TAKE_PTR(t);
}

LimitTable *limit_table_free(LimitTable *t) {
        if (!t)
                return NULL;

        free(t->entries);
        free(t);
        return NULL;
}

static inline uint64_t rotate(uint64_t x, unsigned n) {
        return x << n | x >> (64 - n);
}

static void sip_round(uint64_t v[static 4]) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] = rotate(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] = rotate(v[2], 32);
}

/* SipHash-1-3 of the nine bytes of a key. */
static uint64_t hash(const uint64_t seed[static 2], const AddressKey *key) {
        uint64_t v[4] = {
                seed[0] ^ UINT64_C(0x736f6d6570736575),
                seed[1] ^ UINT64_C(0x646f72616e646f6d),
                seed[0] ^ UINT64_C(0x6c7967656e657261),
                seed[1] ^ UINT64_C(0x7465646279746573),
        };
        uint64_t words[2];

        memcpy(&words[0], key->bytes, sizeof(words[0]));
        words[0] = le64toh(words[0]);
        words[1] = (uint64_t)sizeof(*key) << 56 | key->bytes[8];
        for (size_t i = 0; i < ELEMENTSOF(words); i++) {
                v[3] ^= words[i];
                sip_round(v);
                v[0] ^= words[i];
        }

        v[2] ^= 0xff;
        sip_round(v);
        sip_round(v);
        sip_round(v);
        return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static size_t home(const LimitTable *t, const AddressKey *key) {
        return hash(t->seed, key) & (t->capacity - 1);
}

/* The key's entry, or the empty place where it belongs; a quarter of the places is always empty. */
static Entry *find(const LimitTable *t, const AddressKey *key) {
        size_t i = home(t, key);

        while (t->entries[i].count > 0 && memcmp(&t->entries[i].key, key, sizeof(*key)) != 0)
                i = (i + 1) & (t->capacity - 1);
        return &t->entries[i];
}

static int grow(LimitTable *t) {
        LimitTable bigger = *t;

        bigger.capacity *= 2;
        bigger.entries = calloc(bigger.capacity, sizeof(*bigger.entries));
        if (!bigger.entries)
                return -ENOMEM;

        for (size_t i = 0; i < t->capacity; i++)
                if (t->entries[i].count > 0)
                        *find(&bigger, &t->entries[i].key) = t->entries[i];
        free(t->entries);
        *t = bigger;
        return 0;
}

int limit_table_take(LimitTable *t, const AddressKey *key, unsigned max) {
        Entry *e = find(t, key);
        int r;

        if (e->count >= max)
                return 0;

        if (e->count == 0 && t->size >= t->capacity / 4 * 3) {
                r = grow(t);
                if (r < 0)
                        return r;
                e = find(t, key);
        }

        if (e->count == 0) {
                e->key = *key;
                t->size++;
        }
        e->count++;
        return 1;
}

/* Closes the gap: an entry behind it moves in unless that would put it before its home. */
static void drop(LimitTable *t, size_t gap) {
        size_t mask = t->capacity - 1;

        for (size_t i = (gap + 1) & mask; t->entries[i].count > 0; i = (i + 1) & mask) {
                if (((i - home(t, &t->entries[i].key)) & mask) < ((i - gap) & mask))
                        continue;
                t->entries[gap] = t->entries[i];
                gap = i;
        }
        t->entries[gap] = (Entry){ 0 };
        t->size--;
}

void limit_table_give(LimitTable *t, const AddressKey *key) {
        Entry *e = find(t, key);

        assert(e->count > 0);
        if (--e->count > 0)
                return;
        /* The chain must not look broken while the gap is closed. */
        drop(t, (size_t)(e - t->entries));
}

size_t limit_table_size(const LimitTable *t) {
        return t->size;
}
