/* SPDX-License-Identifier: MIT */
/* Counters that one or more threads raise and any thread reads. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

typedef _Atomic uint64_t Counter;

/* A reader of the new value also sees everything that this thread counted before. */
static inline void counter_add(Counter *c, uint64_t n) {
        atomic_fetch_add_explicit(c, n, memory_order_release);
}

static inline uint64_t counter_read(const Counter *c) {
        return atomic_load_explicit(c, memory_order_acquire);
}
