/* SPDX-License-Identifier: MIT */
/* What each kind of output implements, and helpers for them. */
#pragma once

#include "daemon/output/output.h"
#include "daemon/output/segment_list.h"

typedef struct ConfigOutput ConfigOutput;

struct OutputVtable {
        bool queued; /* always written by its own thread */
        /* Writes the segment, counts its records (output_count()). Returns 0 or negative errno. */
        int (*write)(Output *o, const Segment *s);
        /* Called every second, on news and on request: retries what failed. May block. As flush. */
        uint64_t (*maintain)(Output *o);
        /*
         * Flushes what was written so far. Returns the workers (Commit.worker_bit) whose commits
         * are complete now. try_flush returns at once with *ret_busy set while another flush is
         * under way. NULL: never flushed.
         */
        uint64_t (*flush)(Output *o);
        uint64_t (*try_flush)(Output *o, bool *ret_busy);
        /* Whether nothing written waits for a flush. NULL without flush. */
        bool (*is_flushed)(Output *o);
        /* Applies what only this kind of output is interested in. NULL: nothing. */
        void (*set_up)(Output *o, const ConfigOutput *config);
        Output *(*free)(Output *o);
};

/* Before and after every system call that may block on a disk or a reader. */
static inline void output_enter(Output *o) {
        atomic_fetch_add_explicit(&o->n_inside, 1, memory_order_relaxed);
}
static inline void output_leave(Output *o) {
        atomic_fetch_sub_explicit(&o->n_inside, 1, memory_order_relaxed);
}
static inline bool output_is_busy(Output *o) {
        return atomic_load_explicit(&o->n_inside, memory_order_relaxed) > 0;
}

/* Initializes the common part; output_plan.c does the rest. Returns 0 or -ENOMEM. */
int output_init(Output *o, const OutputVtable *vtable, const ConfigOutput *config, BufferPool *pool,
                MailboxGroup *workers);
void output_done(Output *o);
/* ERROR: 0 or negative errno. */
static inline void output_count(Output *o, uint64_t n_records, int error) {
        atomic_fetch_add_explicit(error < 0 ? &o->stats.failed : &o->stats.recorded, n_records,
                                  memory_order_relaxed);
}
/*
 * Sets o->write_errno, and logs the beginning of a fault as WHAT ("cannot write to it"); its end is
 * logged by output_report_changes(). Returns ERROR.
 */
int output_set_error(Output *o, int error, const char *what);
/* There is room again. If lack of it was the fault, that is over; else the next record shows. */
void output_try_again(Output *o);
