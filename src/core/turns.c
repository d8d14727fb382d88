/* SPDX-License-Identifier: MIT */
/*
 * Owners exist while something of theirs waits, in a table of chains. The hash is keyed with random
 * bytes, so a peer cannot choose its chain.
 */

#include "core/turns.h"

#include "core/macro.h"
#include "core/siphash.h"
#include <assert.h>
#include <string.h>

#define CHAINS 256

TAILQ_HEAD(TurnList, Turn);
TAILQ_HEAD(OwnerList, TurnsOwner);
LIST_HEAD(Chain, TurnsOwner);

struct TurnsOwner {
        AddressKey key;
        struct TurnList waiting; /* not empty */
        TAILQ_ENTRY(TurnsOwner) ring_link;
        LIST_ENTRY(TurnsOwner) chain_link;
};

struct Turns {
        SiphashSeed seed;
        struct OwnerList ring; /* the next one first */
        TurnsOwner *last;      /* what comes often belongs to the same; NULL: unknown */
        TurnsOwner *spare;     /* unused; NULL: none */
        size_t n;              /* things that wait */
        TurnsOwner others;     /* of those for whom there was no memory */
        struct Chain chains[CHAINS];
};

Turns *turns_new(void) {
        _cleanup_free_ Turns *all = calloc(1, sizeof(*all));

        if (!all || siphash_seed(&all->seed) < 0)
                return NULL;

        TAILQ_INIT(&all->ring);
        TAILQ_INIT(&all->others.waiting);
        return TAKE_PTR(all);
}

Turns *turns_free(Turns *all) {
        if (!all)
                return NULL;

        assert(all->n == 0);
        free(all->spare);
        free(all);
        return NULL;
}

static bool is_of(const TurnsOwner *o, const AddressKey *key) {
        return memcmp(&o->key, key, sizeof(*key)) == 0;
}

static TurnsOwner *make_owner(Turns *all, struct Chain *chain, const AddressKey *key) {
        TurnsOwner *o = all->spare ? TAKE_PTR(all->spare) : malloc(sizeof(*o));

        if (!o)
                return &all->others;

        o->key = *key;
        TAILQ_INIT(&o->waiting);
        LIST_INSERT_HEAD(chain, o, chain_link);
        return o;
}

static TurnsOwner *find(Turns *all, const AddressKey *key) {
        struct Chain *chain;
        TurnsOwner *o;

        if (all->last && is_of(all->last, key))
                return all->last;

        chain = &all->chains[siphash(&all->seed, key, sizeof(*key)) % CHAINS];
        LIST_FOREACH(o, chain, chain_link)
        if (is_of(o, key))
                return o;

        return make_owner(all, chain, key);
}

static void forget(Turns *all, TurnsOwner *o) {
        if (o == &all->others)
                return;

        LIST_REMOVE(o, chain_link);
        if (all->last == o)
                all->last = NULL;
        if (all->spare)
                free(o);
        else
                all->spare = o;
}

void turns_add(Turns *all, const Address *peer, Turn *t) {
        const AddressKey key = address_key(peer);
        TurnsOwner *o;

        if (t->owner)
                return;

        o = find(all, &key);
        if (o != &all->others)
                all->last = o;
        if (TAILQ_EMPTY(&o->waiting))
                TAILQ_INSERT_TAIL(&all->ring, o, ring_link);
        TAILQ_INSERT_TAIL(&o->waiting, t, link);
        t->owner = o;
        all->n++;
}

void turns_remove(Turns *all, Turn *t) {
        TurnsOwner *o = TAKE_PTR(t->owner);

        if (!o)
                return;

        all->n--;
        TAILQ_REMOVE(&o->waiting, t, link);
        if (!TAILQ_EMPTY(&o->waiting))
                return;
        TAILQ_REMOVE(&all->ring, o, ring_link);
        forget(all, o);
}

Turn *turns_next(Turns *all) {
        TurnsOwner *o = TAILQ_FIRST(&all->ring);
        Turn *t;

        if (!o)
                return NULL;

        TAILQ_REMOVE(&all->ring, o, ring_link);
        TAILQ_INSERT_TAIL(&all->ring, o, ring_link);
        t = TAILQ_FIRST(&o->waiting);
        turns_remove(all, t);
        return t;
}

size_t turns_count(const Turns *all) {
        return all->n;
}
