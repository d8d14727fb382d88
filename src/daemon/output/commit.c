/* SPDX-License-Identifier: MIT */
/* Vectors of runs and replies, and counters that other threads bring to zero. */

#include "daemon/output/commit.h"

#include "core/macro.h"
#include <assert.h>
#include <string.h>

/* Rough size of a commit with its entries in the lists of outputs. */
#define COMMIT_COST 1024
/* Longer vectors are freed between uses. */
#define KEEP_MAX 64

static void use_few(CommitLevel *l) {
        l->runs = l->few;
        l->n_runs_allocated = COMMIT_RUNS_MIN;
}

static void free_runs(CommitLevel *l) {
        if (l->runs != l->few)
                free(l->runs);
        use_few(l);
}

Commit *commit_new(Mailbox *mailbox, unsigned worker) {
        Commit *c = calloc(1, sizeof(*c));

        if (!c)
                return NULL;

        c->mailbox = mailbox;
        c->worker_bit = UINT64_C(1) << (worker % 64);
        for (size_t i = 0; i < LEVEL_MAX_; i++)
                use_few(&c->levels[i]);
        return c;
}

Commit *commit_free(Commit *c) {
        if (!c)
                return NULL;

        for (size_t i = 0; i < LEVEL_MAX_; i++) {
                free_runs(&c->levels[i]);
                free(c->levels[i].replies);
        }
        free(c);
        return NULL;
}

void commit_reset(Commit *c) {
        for (size_t i = 0; i < LEVEL_MAX_; i++) {
                CommitLevel *l = &c->levels[i];

                l->n_runs = l->n_replies = 0;
                if (l->n_runs_allocated > KEEP_MAX)
                        free_runs(l);
                if (l->n_replies_allocated > KEEP_MAX) {
                        free(TAKE_PTR(l->replies));
                        l->n_replies_allocated = 0;
                }
        }
        atomic_store_explicit(&c->error, 0, memory_order_relaxed);
        c->urgent = false;
        c->next = NULL;
}

bool commit_reserve_run(Commit *c, Level level) {
        CommitLevel *l = &c->levels[level];
        size_t wanted = MAX(2 * l->n_runs_allocated, (size_t)16);
        Run *runs;

        if (l->n_runs < l->n_runs_allocated)
                return true;

        runs = reallocarray(l->runs == l->few ? NULL : l->runs, wanted, sizeof(*runs));
        if (!runs)
                return false;

        if (l->runs == l->few)
                memcpy(runs, l->few, sizeof(l->few));
        l->runs = runs;
        l->n_runs_allocated = wanted;
        return true;
}

Run *commit_add_run(Commit *c, Level level) {
        CommitLevel *l = &c->levels[level];

        return l->n_runs < l->n_runs_allocated ? &l->runs[l->n_runs++] : NULL;
}

bool commit_merge_run(Commit *c, Level level, const Run *run) {
        CommitLevel *l = &c->levels[level];
        Run *last = l->n_runs > 0 ? &l->runs[l->n_runs - 1] : NULL;

        if (!last || last->addressee || last->stats != run->stats ||
            last->count > UINT32_MAX - run->count)
                return false;

        last->count += run->count;
        return true;
}

Reply *commit_add_reply(Commit *c, Level level) {
        CommitLevel *l = &c->levels[level];
        size_t wanted = MAX(2 * l->n_replies_allocated, (size_t)16);
        Reply *replies;

        if (l->n_replies == l->n_replies_allocated) {
                replies = reallocarray(l->replies, wanted, sizeof(*replies));
                if (!replies)
                        return NULL;

                l->replies = replies;
                l->n_replies_allocated = wanted;
        }
        return &l->replies[l->n_replies++];
}

size_t commit_memory(const Commit *c) {
        size_t size = COMMIT_COST;

        for (size_t i = 0; i < LEVEL_MAX_; i++) {
                const CommitLevel *l = &c->levels[i];

                if (l->runs != l->few)
                        size += l->n_runs_allocated * sizeof(Run);
                size += l->n_replies_allocated * sizeof(Reply);
        }
        return size;
}

bool commit_is_empty(const Commit *c) {
        for (size_t i = 0; i < LEVEL_MAX_; i++)
                if (c->levels[i].n_runs > 0)
                        return false;

        return true;
}

bool commit_wants_flush(const Commit *c) {
        return c->levels[LEVEL_DURABLE].n_runs > 0;
}

/* Returns whether this was the last report for LEVEL. */
static bool count_report(Commit *c, Level level, int error) {
        int none = 0;

        if (error < 0) /* the first one stays */
                (void)atomic_compare_exchange_strong(&c->error, &none, -error);
        assert(atomic_load(&c->n_missing[level]) > 0);
        return atomic_fetch_sub_explicit(&c->n_missing[level], 1, memory_order_acq_rel) == 1;
}

Mailbox *commit_written(Commit *c, int error) {
        Mailbox *mailbox = c->mailbox;

        return count_report(c, LEVEL_WRITTEN, error) ? mailbox : NULL;
}

uint64_t commit_flushed(Commit *c, int error) {
        uint64_t worker_bit = c->worker_bit;

        return count_report(c, LEVEL_DURABLE, error) ? worker_bit : 0;
}
