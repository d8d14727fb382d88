/* SPDX-License-Identifier: MIT */
/*
 * Whether the engine makes progress: every thread moves or waits for something to do, and commits
 * that are under way come to an end. An output inside a system call (output_enter()) excuses
 * everybody: a slow disk is no reason to restart. Main thread only.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct Engine Engine;

/* What was seen of one thing that has to move. */
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
