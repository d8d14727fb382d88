/* SPDX-License-Identifier: MIT */
/* The account of a listener, made of counters. */
#pragma once

#include "core/histogram.h"

/* A message is counted received first, and by the same thread in one of three others later. */
typedef struct Stats Stats;
struct Stats {
        Counter received;
        Counter recorded; /* every "wait" output has it, flushed where the level is durable */
        Counter refused;  /* turned away by a limit */
        Counter failed;   /* told "error", or would have been */
        Counter bytes;    /* of messages, terminators not counted */
        Counter truncated;
        Counter bad_frames;
        Counter kernel_drops; /* datagrams the kernel dropped before us */
        Counter connections_accepted;
        Counter connections_refused; /* turned away by a limit */
        Histogram receipt_latency;   /* from taken in to receipt queued */
};

/* The counters as they were at one moment: received = recorded + refused + failed + waiting. */
typedef struct StatsAccount {
        uint64_t received, recorded, refused, failed;
        uint64_t waiting; /* fate not known yet */
        /* Beside it, of about that moment: */
        uint64_t bytes, truncated, bad_frames, kernel_drops;
        uint64_t connections_accepted, connections_refused;
} StatsAccount;

StatsAccount stats_read(const Stats *s);
/* Adds A to SUM, which adds up as well. */
void stats_sum(StatsAccount *sum, const StatsAccount *a);
