/* SPDX-License-Identifier: MIT */
/* Rates, latencies and losses over the last minute, from one sample of the counters per second. */
#pragma once

#include "ctl/snapshot.h"

#define HISTORY_SECONDS 60
#define HISTORY_BOUNDS_MAX 64

/* The rate of one counter, second by second. */
typedef struct HistorySeries {
        char *name;      /* of the listener or output; owned */
        uint64_t last;   /* the counter */
        uint64_t sample; /* number of the last sample that contained it */
        double rates[HISTORY_SECONDS];
} HistorySeries;

/* Totals, to be compared with those of a minute ago. */
typedef struct HistoryTotals {
        uint64_t refused, failed, kernel_drops, connections_refused, accept_errors;
        uint64_t output_dropped, output_failed;
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
        HistorySeries *series; /* listeners and outputs; a letter before the name says which */
        size_t n_series;
        HistoryTotals totals[HISTORY_SECONDS + 1]; /* a ring */
        uint64_t interval_usec;                    /* between two samples; 0: a second */
        uint64_t bounds_usec[HISTORY_BOUNDS_MAX];
        size_t n_bounds;
        HistoryPeer *peers; /* by address */
        size_t n_peers;
} History;

/* NOW_USEC: CLOCK_MONOTONIC. Starts over when sockd has restarted. Returns 0 or -ENOMEM. */
int history_add(History *h, const Snapshot *s, const Rows *peers, uint64_t now_usec);
void history_done(History *h);

/* Rates, oldest first, of a listener (KIND 'l') or output ('o'); all 0 if it is unknown. */
void history_rates(const History *h, char kind, const char *name,
                   double ret[static HISTORY_SECONDS]);
/* Increases over the last minute. */
HistoryTotals history_minute(const History *h);
/* The latency that a SHARE of the receipts did not exceed; UINT64_MAX: above all bounds. */
uint64_t history_quantile(const History *h, const HistoryTotals *totals, double share,
                          uint64_t *ret_n);
