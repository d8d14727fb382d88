/* SPDX-License-Identifier: MIT */
/*
 * What peers may use of the whole server: open streams, streams per peer, memory for unterminated
 * rests and for receipts that are not taken. One per server, shared by all workers.
 */
#pragma once

#include "core/address.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ConfigLimits ConfigLimits;
typedef struct LimitTable LimitTable;
typedef struct Quota Quota;

typedef enum QuotaVerdict {
        QUOTA_TAKEN,
        QUOTA_PEER_FULL, /* connections_per_peer */
        QUOTA_NO_MEMORY,
} QuotaVerdict;

Quota *quota_new(const ConfigLimits *limits); /* NULL: out of memory */
Quota *quota_free(Quota *q);
/*
 * While no worker runs: other limits, and the streams of each peer where they were not counted yet,
 * in a table that the caller fills. quota_needs_peers() says so.
 */
bool quota_needs_peers(const Quota *q, const ConfigLimits *limits);
void quota_change(Quota *q, const ConfigLimits *limits, LimitTable *peers);

/*
 * There is a place for one more stream. Two workers may both be told so: the limit can be passed by
 * one per worker.
 */
bool quota_has_place(Quota *q);
QuotaVerdict quota_take_stream(Quota *q, const Address *peer);
/* Returns true when somebody may be waiting for the place that this made. */
bool quota_give_stream(Quota *q, const Address *peer);
uint64_t quota_streams(Quota *q);

/*
 * Adds DELTA (may be negative) bytes of rests, of receipts that peers do not take. Returns true when
 * they hold more than they may.
 */
bool quota_add_rests(Quota *q, int64_t delta);
bool quota_add_unsent(Quota *q, int64_t delta);
