/* SPDX-License-Identifier: MIT */
/* The counters of a listener. */
#pragma once

#include "core/histogram.h"

/* A message counts as received first; later the same thread counts its outcome in one of three. */
typedef struct Stats Stats;
struct Stats {
        Counter received;
        Counter recorded; /* every "wait" output has it, flushed where the level is durable */
        Counter refused;  /* because of a limit */
        Counter failed;   /* answered with "error", or without receipts would have been */
        Counter bytes;    /* of messages, without terminators */
        Counter truncated;
        Counter timed_out; /* ended by silence */
        Counter bad_frames;
        Counter kernel_drops; /* datagrams that the kernel dropped */
        Counter connections_accepted;
        Counter connections_refused; /* because of a limit */
        Histogram receipt_latency;   /* from reception to receipt queued */
};

/* The counters as they were at one moment: received = recorded + refused + failed + waiting. */
typedef struct StatsAccount {
        uint64_t received, recorded, refused, failed;
        uint64_t waiting; /* outcome not known yet */
        /* The others were read at about that moment. */
        uint64_t bytes, truncated, timed_out, bad_frames, kernel_drops;
        uint64_t connections_accepted, connections_refused;
} StatsAccount;

StatsAccount stats_read(const Stats *s);
/* Adds A to SUM, which adds up as well. */
void stats_sum(StatsAccount *sum, const StatsAccount *a);
