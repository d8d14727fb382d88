/* SPDX-License-Identifier: MIT */
/*
 * Whether the engine makes progress: every thread runs or waits for work, and pending commits
 * complete. While an output is in a system call (output_enter()) nothing counts as a stall: a slow
 * disk is no reason to restart. Main thread only.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct Engine Engine;

/* One counter that has to move. */
typedef struct HealthMark {
        unsigned seen;
        uint64_t since_usec; /* when that was new */
} HealthMark;

typedef struct Health {
        HealthMark *marks; /* owned: two a worker, one for the commit thread, one an output */
        size_t n_marks;
} Health;

void health_done(Health *h);
/*
 * To be called every few seconds. Returns what has stood still for longer than LIMIT, in words for
 * the log; NULL: nothing has.
 */
const char *health_check(Health *h, const Engine *e, uint64_t now_usec, uint64_t limit_usec);
