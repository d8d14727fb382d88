/* SPDX-License-Identifier: MIT */
/*
 * A set of prefixes that is asked whether it has an address: in a time that grows with the logarithm
 * of its size, 22 bytes each.
 */
#pragma once

#include "core/prefix.h"
#include <stddef.h>

typedef struct PrefixSet PrefixSet;

PrefixSet *prefix_set_new(void); /* NULL: out of memory */
PrefixSet *prefix_set_free(PrefixSet *s);
/* Returns 0 or -ENOMEM. */
int prefix_set_add(PrefixSet *s, const Prefix *p);
/* To be called after the last prefix_set_add() and before the first prefix_set_has(). */
void prefix_set_seal(PrefixSet *s);

/* Those added; after prefix_set_seal(), those that no other one contains. */
size_t prefix_set_size(const PrefixSet *s);
bool prefix_set_has(const PrefixSet *s, const Address *a);
