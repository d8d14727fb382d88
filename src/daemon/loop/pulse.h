/* SPDX-License-Identifier: MIT */
/* Liveness of a thread: it makes progress or waits for work. Read by health.h. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

typedef struct Pulse {
        atomic_uint n_beats;
        atomic_bool waiting;
        atomic_uint n_done; /* units of work completed … */
        atomic_bool owes;   /* … and some are pending */
} Pulse;

/* Before and after every wait for work. */
static inline void pulse_wait(Pulse *p) {
        atomic_store_explicit(&p->waiting, true, memory_order_relaxed);
}

static inline void pulse_go(Pulse *p) {
        atomic_fetch_add_explicit(&p->n_beats, 1, memory_order_relaxed);
        atomic_store_explicit(&p->waiting, false, memory_order_relaxed);
}
