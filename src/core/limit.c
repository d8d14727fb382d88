/* SPDX-License-Identifier: MIT */
/*
 * Open addressing with linear probing. A peer chooses its own IPv6 prefix or comes from many
 * addresses, so the hash is keyed with random bytes: nobody can aim at one chain.
 */

#include "core/limit.h"

#include "core/macro.h"
#include "core/siphash.h"
#include <assert.h>
#include <errno.h>
#include <string.h>

#define CAPACITY_MIN 64 /* a power of two, as every capacity */

typedef struct Entry {
        AddressKey key;
        unsigned count; /* 0: the place is empty */
} Entry;

struct LimitTable {
        Entry *entries;
        size_t capacity;
        size_t size;
        SiphashSeed seed;
};

LimitTable *limit_table_new(void) {
        _cleanup_free_ LimitTable *t = calloc(1, sizeof(*t));

        if (!t)
                return NULL;
        if (siphash_seed(&t->seed) < 0)
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

static size_t home(const LimitTable *t, const AddressKey *key) {
        return siphash(&t->seed, key, sizeof(*key)) & (t->capacity - 1);
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
