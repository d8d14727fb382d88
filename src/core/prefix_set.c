/* SPDX-License-Identifier: MIT */
/* A sorted array without prefixes that are within others: the last one not above an address decides. */

#include "core/prefix_set.h"

#include "core/macro.h"
#include <errno.h>
#include <string.h>

/* What is compared whole, before the bytes of the address: family and scope. */
#define SPACE_SIZE (sizeof(uint16_t) + sizeof(uint32_t))
#define KEY_SIZE (SPACE_SIZE + sizeof(struct in6_addr))

/* In an order of no meaning, but addresses of the same family and scope are in theirs. */
typedef struct Entry {
        uint8_t key[KEY_SIZE];
        uint8_t bits; /* of the address */
} Entry;

struct PrefixSet {
        Entry *entries;
        size_t n, n_allocated;
};

PrefixSet *prefix_set_new(void) {
        return calloc(1, sizeof(PrefixSet));
}

PrefixSet *prefix_set_free(PrefixSet *s) {
        if (!s)
                return NULL;

        free(s->entries);
        free(s);
        return NULL;
}

static void set_key(uint8_t key[static KEY_SIZE], const Address *a, uint32_t scope) {
        memset(key, 0, KEY_SIZE);
        memcpy(key, &a->family, sizeof(a->family));
        memcpy(key + sizeof(a->family), &scope, sizeof(scope));
        switch (a->family) {
        case AF_INET:
                memcpy(key + SPACE_SIZE, &a->v4, sizeof(a->v4));
                break;
        case AF_UNIX:
                memcpy(key + SPACE_SIZE, &a->process.uid, sizeof(a->process.uid));
                memcpy(key + SPACE_SIZE + sizeof(a->process.uid), &a->process.gid,
                       sizeof(a->process.gid));
                break;
        case AF_VSOCK:
                memcpy(key + SPACE_SIZE, &a->machine.cid, sizeof(a->machine.cid));
                break;
        default:
                memcpy(key + SPACE_SIZE, &a->v6, sizeof(a->v6));
        }
}

/* Bits of the key that count; those of an IP address are a matter of its prefix. */
static uint8_t bits_of(const Prefix *p) {
        switch (p->base.family) {
        case AF_UNIX:
                return 8 * (sizeof(p->base.process.uid) + sizeof(p->base.process.gid));
        case AF_VSOCK:
                return 8 * sizeof(p->base.machine.cid);
        default:
                return (uint8_t)p->bits;
        }
}

int prefix_set_add(PrefixSet *s, const Prefix *p) {
        if (s->n == s->n_allocated) {
                size_t n = MAX(s->n_allocated * 2, (size_t)8);
                Entry *entries = reallocarray(s->entries, n, sizeof(*entries));

                if (!entries)
                        return -ENOMEM;
                s->entries = entries;
                s->n_allocated = n;
        }
        set_key(s->entries[s->n].key, &p->base, p->base.scope_id);
        s->entries[s->n++].bits = bits_of(p);
        return 0;
}

/* What contains another comes before it. */
static int compare(const void *a, const void *b) {
        const Entry *x = a, *y = b;
        int r = memcmp(x->key, y->key, KEY_SIZE);

        return r != 0 ? r : x->bits - y->bits;
}

static bool contains(const Entry *e, const uint8_t key[static KEY_SIZE]) {
        size_t n = SPACE_SIZE + e->bits / 8;
        unsigned rest = e->bits % 8;

        return memcmp(e->key, key, n) == 0 &&
               (rest == 0 || (e->key[n] ^ key[n]) >> (8 - rest) == 0);
}

void prefix_set_seal(PrefixSet *s) {
        size_t n = 0;

        if (s->n == 0)
                return;

        qsort(s->entries, s->n, sizeof(*s->entries), compare);
        for (size_t i = 1; i < s->n; i++)
                if (!contains(&s->entries[n], s->entries[i].key))
                        s->entries[++n] = s->entries[i];
        s->n = n + 1;
}

size_t prefix_set_size(const PrefixSet *s) {
        return s->n;
}

static bool has_key(const PrefixSet *s, const uint8_t key[static KEY_SIZE]) {
        size_t low = 0, high = s->n;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (memcmp(s->entries[middle].key, key, KEY_SIZE) <= 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low > 0 && contains(&s->entries[low - 1], key);
}

/* By its user or by its group. */
static bool has_process(const PrefixSet *s, const AddressProcess *a) {
        const Address keys[] = {
                { .family = AF_UNIX, .process = { a->uid, ADDRESS_ID_UNKNOWN, 0 } },
                { .family = AF_UNIX, .process = { ADDRESS_ID_UNKNOWN, a->gid, 0 } },
        };
        uint8_t key[KEY_SIZE];

        for (size_t i = 0; i < ELEMENTSOF(keys); i++) {
                set_key(key, &keys[i], 0);
                if (has_key(s, key))
                        return true;
        }
        return false;
}

/* A prefix without a scope is of all scopes. */
bool prefix_set_has(const PrefixSet *s, const Address *a) {
        uint8_t key[KEY_SIZE];

        if (a->family == AF_UNIX)
                return has_process(s, &a->process);

        set_key(key, a, 0);
        if (has_key(s, key))
                return true;
        if (a->scope_id == 0)
                return false;

        set_key(key, a, a->scope_id);
        return has_key(s, key);
}
