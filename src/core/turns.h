/* SPDX-License-Identifier: MIT */
/*
 * Who is served next: things that wait, in the order they came, by the owner of an address
 * (AddressKey); the owners take turns. However much one of them has, another waits only for one
 * thing of each owner. Not locked.
 */
#pragma once

#include "core/address.h"
#include <stdbool.h>
#include <sys/queue.h>

typedef struct Turn Turn;
typedef struct Turns Turns;
typedef struct TurnsOwner TurnsOwner;

/* Embedded in what waits. All zero: it does not. */
struct Turn {
        TAILQ_ENTRY(Turn) link;
        TurnsOwner *owner; /* NULL: it does not wait */
};

Turns *turns_new(void); /* NULL: out of memory, or the kernel gave no random bytes */
/* Nothing may wait. */
Turns *turns_free(Turns *t);

/* T waits, as the last of the owner of PEER, unless it does already. */
void turns_add(Turns *all, const Address *peer, Turn *t);
/* The next one, which no longer waits; NULL: none. */
Turn *turns_next(Turns *all);
/* Also if it does not wait. */
void turns_remove(Turns *all, Turn *t);
/* How many wait. */
size_t turns_count(const Turns *all);

static inline bool turns_waits(const Turn *t) {
        return t->owner;
}
