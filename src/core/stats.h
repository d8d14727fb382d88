/* SPDX-License-Identifier: MIT */
/*
 * Counters that one or more threads raise and any thread reads. Relaxed: a reader sees each counter
 * at some recent moment.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

typedef _Atomic uint64_t Counter;

static inline void counter_add(Counter *c, uint64_t n) {
        atomic_fetch_add_explicit(c, n, memory_order_relaxed);
}

static inline uint64_t counter_read(const Counter *c) {
        return atomic_load_explicit(c, memory_order_relaxed);
}

/* The account of a listener: received = recorded + refused + failed + waiting. */
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

/*
 * Messages whose fate is not known yet. What is resolved is read first, so this is never negative.
 */
static inline uint64_t stats_waiting(const Stats *s) {
        uint64_t resolved = counter_read(&s->recorded) + counter_read(&s->refused) +
                            counter_read(&s->failed);
        uint64_t received = counter_read(&s->received);

        return received > resolved ? received - resolved : 0;
}
