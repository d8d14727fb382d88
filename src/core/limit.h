/* SPDX-License-Identifier: MIT */
/*
 * Counts of open streams per owner of an address (AddressKey), for limits.connections_per_peer.
 * Holds one entry for each owner with at least one stream, so it is bounded by limits.connections.
 * Not locked.
 */
#pragma once

#include "core/address.h"
#include <stddef.h>

typedef struct LimitTable LimitTable;

LimitTable *limit_table_new(void); /* NULL: out of memory, or the kernel gave no random bytes */
LimitTable *limit_table_free(LimitTable *t);

/* Adds one for KEY unless it already has MAX. Returns 1 added, 0 refused, -ENOMEM. */
int limit_table_take(LimitTable *t, const AddressKey *key, unsigned max);
/* Takes one back; the entry goes with its last. Unknown keys are our own mistake (assert). */
void limit_table_give(LimitTable *t, const AddressKey *key);
size_t limit_table_size(const LimitTable *t);
