/* SPDX-License-Identifier: MIT */
/* Sets of a few places each. A bucket that is full is the same as none. */

#include "core/rate_table.h"

#include "core/macro.h"
#include "core/siphash.h"
#include <string.h>

#define WAYS 8
#define SETS (RATE_TABLE_MAX / WAYS)

typedef struct Place {
        AddressKey key;
        RateBucket bucket;
} Place;

struct RateTable {
        SiphashSeed seed;
        Place sets[SETS][WAYS];
};

RateTable *rate_table_new(void) {
        RateTable *t = calloc(1, sizeof(*t)); /* pages come into being when they are used */

        if (!t)
                return NULL;

        return siphash_seed(&t->seed) < 0 ? rate_table_free(t) : t;
}

RateTable *rate_table_free(RateTable *t) {
        free(t);
        return NULL;
}

RateBucket *rate_table_find(RateTable *t, const AddressKey *key) {
        Place *set = t->sets[siphash(&t->seed, key, sizeof(*key)) % SETS], *fullest = set;

        for (size_t i = 0; i < WAYS; i++) {
                if (memcmp(&set[i].key, key, sizeof(*key)) == 0)
                        return &set[i].bucket;
                if (set[i].bucket.full_nsec < fullest->bucket.full_nsec)
                        fullest = &set[i];
        }
        *fullest = (Place){ .key = *key };
        return &fullest->bucket;
}

void rate_table_clear(RateTable *t) {
        memset(t->sets, 0, sizeof(t->sets));
}
