/* SPDX-License-Identifier: MIT */
/* What the counters of the last minute say: rates, latencies, losses. A sample a second. */
#pragma once

#include "ctl/snapshot.h"

#define HISTORY_SECONDS 60
#define HISTORY_BOUNDS_MAX 64

/* The rate of one counter, second by second. */
typedef struct HistorySeries {
        char *name;      /* of the listener or output; owned */
        uint64_t last;   /* the counter */
        uint64_t sample; /* the number of the last sample that had it */
        double rates[HISTORY_SECONDS];
} HistorySeries;

/* Sums that are compared with those of a minute ago. */
typedef struct HistoryTotals {
        uint64_t refused, failed, kernel_drops, connections_refused, output_dropped, output_failed;
        uint64_t latency[HISTORY_BOUNDS_MAX]; /* counts, as in receipt_latency_counts */
} HistoryTotals;

typedef struct HistoryPeer {
        char *address; /* owned */
        uint64_t received, bytes, last_seen_usec;
        double rate;
} HistoryPeer;

typedef struct History {
        uint64_t n; /* samples so far */
        uint64_t usec, since_usec;
        HistorySeries *series; /* listeners and outputs, told apart by a letter before the name */
        size_t n_series;
        HistoryTotals totals[HISTORY_SECONDS + 1]; /* a ring */
        uint64_t bounds_usec[HISTORY_BOUNDS_MAX];
        size_t n_bounds;
        HistoryPeer *peers; /* by address */
        size_t n_peers;
} History;

/* NOW_USEC: CLOCK_MONOTONIC. After a restart of sockd all begins anew. Returns 0 or -ENOMEM. */
int history_add(History *h, const Snapshot *s, const Rows *peers, uint64_t now_usec);
void history_done(History *h);

/* KIND: 'l' or 'o'. The rates, oldest first; all 0 for what is not known. */
void history_rates(const History *h, char kind, const char *name,
                   double ret[static HISTORY_SECONDS]);
/* Of the last minute. */
HistoryTotals history_minute(const History *h);
/* The bound below which a SHARE of the receipts of TOTALS was queued; UINT64_MAX: above all bounds. */
uint64_t history_quantile(const History *h, const HistoryTotals *totals, double share,
                          uint64_t *ret_n);
