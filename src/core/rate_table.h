/* SPDX-License-Identifier: MIT */
/*
 * Token buckets per owner of an address (AddressKey), in a table of bounded size: a new owner evicts
 * the one of its set whose bucket is fullest. Sets are chosen by a keyed hash, so a peer cannot
 * choose its set. Not locked.
 */
#pragma once

#include "core/address.h"
#include "core/rate.h"

#define RATE_TABLE_MAX 65536

typedef struct RateTable RateTable;

RateTable *rate_table_new(void); /* NULL: out of memory, or the kernel gave no random bytes */
RateTable *rate_table_free(RateTable *t);

/* The bucket of KEY, full if it is new. Borrowed until the next call. */
RateBucket *rate_table_find(RateTable *t, const AddressKey *key);
/* All buckets are full. */
void rate_table_clear(RateTable *t);
