/* SPDX-License-Identifier: MIT */
/*
 * Whether the engine makes progress: each thread runs or waits for work, and pending commits
 * complete. While an output is in a system call (output_enter()) nothing counts as stalled: a slow
 * disk is no reason to restart. Main thread only.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct Engine Engine;

/* A counter that has to change. */
typedef struct HealthMark {
        unsigned seen;
        uint64_t since_usec; /* when it last changed */
} HealthMark;

typedef struct Health {
        HealthMark *marks; /* owned: two per worker, one for the commit thread, one per output */
        size_t n_marks;
} Health;

void health_done(Health *h);
/* To be called every few seconds. Returns what made no progress for LIMIT, in words, or NULL. */
const char *health_check(Health *h, const Engine *e, uint64_t now_usec, uint64_t limit_usec);
