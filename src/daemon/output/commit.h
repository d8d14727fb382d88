/* SPDX-License-Identifier: MIT */
/*
 * What one worker hands to all outputs at once, and the receipts that wait for it. Owned by the
 * worker; outputs report to it, from any thread, when they have written and flushed it.
 *
 *   open ──► handed over ──► written (by every "wait" output) ──► durable (flushed)
 */
#pragma once

#include "core/names.h"
#include "daemon/output/run.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Commit Commit;
typedef struct Mailbox Mailbox;

/* Runs of a level that fit in the commit itself. */
#define COMMIT_RUNS_MIN 2

/* The receipts that wait for one level. */
typedef struct CommitLevel {
        Run *runs; /* points to few, or to a vector that is owned */
        size_t n_runs, n_runs_allocated;
        Run few[COMMIT_RUNS_MIN];
        Reply *replies;
        size_t n_replies, n_replies_allocated;
} CommitLevel;

struct Commit {
        Commit *next;
        Mailbox *mailbox; /* of the worker */
        uint64_t worker_bit;
        /* How many outputs have yet to report: written by "wait" outputs, flushed by files. */
        atomic_uint n_missing[LEVEL_MAX_];
        atomic_int error;     /* 0, or the first positive errno */
        bool urgent;          /* a message in it wants a receipt */
        uint64_t urgent_usec; /* when that arrived, CLOCK_MONOTONIC */
        CommitLevel levels[LEVEL_MAX_];
};

Commit *commit_new(Mailbox *mailbox, unsigned worker); /* NULL: out of memory */
Commit *commit_free(Commit *c);
/* Empties it for reuse; keeps a moderate amount of memory. */
void commit_reset(Commit *c);

/* Makes room for commit_add_run(). False: out of memory, never for an empty commit. */
bool commit_reserve_run(Commit *c, Level level);
Run *commit_add_run(Commit *c, Level level); /* NULL: no room was made */
/* Adds RUN to the last run if neither has an addressee. Returns whether it did. */
bool commit_merge_run(Commit *c, Level level, const Run *run);
Reply *commit_add_reply(Commit *c, Level level); /* NULL: out of memory */

/* Approximate size in bytes. */
size_t commit_memory(const Commit *c);
bool commit_is_empty(const Commit *c);
bool commit_wants_flush(const Commit *c);

/*
 * For outputs. ERROR: 0 or negative errno. The last report for a level returns whom to wake, others
 * NULL or 0: the worker may free the commit at any time after its report.
 */
Mailbox *commit_written(Commit *c, int error);
uint64_t commit_flushed(Commit *c, int error);

/* For outputs: one more of them will report LEVEL. */
static inline void commit_expect(Commit *c, Level level) {
        atomic_fetch_add_explicit(&c->n_missing[level], 1, memory_order_relaxed);
}
/* Whether all have reported. Acquires what they did. */
static inline bool commit_has_reached(Commit *c, Level level) {
        return atomic_load_explicit(&c->n_missing[level], memory_order_acquire) == 0;
}
