/* SPDX-License-Identifier: MIT */
/*
 * Counters that one or more threads raise and any thread reads, and the account of a listener that
 * is made of them.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

typedef _Atomic uint64_t Counter;

/* Who reads it sees all that this thread counted before. */
static inline void counter_add(Counter *c, uint64_t n) {
        atomic_fetch_add_explicit(c, n, memory_order_release);
}

static inline uint64_t counter_read(const Counter *c) {
        return atomic_load_explicit(c, memory_order_acquire);
}

/* A message is counted received first, and by the same thread in one of three others later. */
typedef struct Stats {
        Counter received;
        Counter recorded; /* every "wait" output has it, flushed where the level is durable */
        Counter refused;  /* turned away by a limit */
        Counter failed;   /* told "error", or would have been */
        Counter bytes;    /* of messages, terminators not counted */
        Counter truncated;
        Counter bad_frames;
        Counter kernel_drops; /* datagrams the kernel dropped before us */
        Counter connections;  /* streams ever accepted */
        Counter refused_connections;
} Stats;

/* The counters as they were at one moment: received = recorded + refused + failed + waiting. */
typedef struct StatsAccount {
        uint64_t received, recorded, refused, failed;
        uint64_t waiting;                             /* fate not known yet */
        uint64_t truncated, bad_frames, kernel_drops; /* beside it, of about that moment */
} StatsAccount;

StatsAccount stats_read(const Stats *s);
/* Adds A to SUM, which adds up as well. */
void stats_sum(StatsAccount *sum, const StatsAccount *a);
