/* SPDX-License-Identifier: MIT */
/*
 * What one worker hands to all outputs at once, and the receipts that wait for it. The worker makes
 * a commit, owns it and frees it; outputs report through it how far it has come, from any thread.
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

/* So many runs of a level need no memory of their own. */
#define COMMIT_RUNS_MIN 2

/* What waits for one level. */
typedef struct CommitLevel {
        Run *runs; /* few, or a vector that is owned */
        size_t n_runs, n_runs_allocated;
        Run few[COMMIT_RUNS_MIN];
        Reply *replies;
        size_t n_replies, n_replies_allocated;
} CommitLevel;

struct Commit {
        Commit *next;
        Mailbox *mailbox; /* of the worker */
        uint64_t worker_bit;
        /* Outputs that have not reported yet: "wait" ones that write, files that flush. */
        atomic_uint n_missing[LEVEL_MAX_];
        atomic_int error;     /* 0, or the first positive errno */
        bool urgent;          /* somebody waits for its flush */
        uint64_t urgent_usec; /* since when: the clock of the wake-up that took the first in */
        CommitLevel levels[LEVEL_MAX_];
};

Commit *commit_new(Mailbox *mailbox, unsigned worker); /* NULL: out of memory */
Commit *commit_free(Commit *c);
/* Empties it for reuse, keeping a moderate amount of memory. */
void commit_reset(Commit *c);

/* Makes room for commit_add_run(); false: out of memory, never in an empty commit. */
bool commit_reserve_run(Commit *c, Level level);
Run *commit_add_run(Commit *c, Level level); /* NULL: no room was made */
/* Counts the messages in the last run, if that has no addressee either. */
bool commit_merge_run(Commit *c, Level level, const Run *run);
Reply *commit_add_reply(Commit *c, Level level); /* NULL: out of memory */

/* Bytes that it holds, about. */
size_t commit_memory(const Commit *c);
bool commit_is_empty(const Commit *c);
bool commit_wants_flush(const Commit *c);

/*
 * For outputs. ERROR: 0 or a negative errno. The last report for a stage returns whom to wake, else
 * NULL or 0: the worker may free the commit at once.
 */
Mailbox *commit_written(Commit *c, int error);
uint64_t commit_flushed(Commit *c, int error);

/* For outputs: one more will report that it has brought C to LEVEL. */
static inline void commit_expect(Commit *c, Level level) {
        atomic_fetch_add_explicit(&c->n_missing[level], 1, memory_order_relaxed);
}
/* All that were to report that have. Acquires what they did. */
static inline bool commit_has_reached(Commit *c, Level level) {
        return atomic_load_explicit(&c->n_missing[level], memory_order_acquire) == 0;
}
