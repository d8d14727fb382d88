/* SPDX-License-Identifier: MIT */
/* For the kinds of outputs: what each of them implements, and what it can use. */
#pragma once

#include "daemon/output/output.h"
#include "daemon/output/segment_list.h"

typedef struct ConfigOutput ConfigOutput;

struct OutputVtable {
        bool queued; /* always written by a thread of its own */
        /*
         * Writes the segment, counts its records (output_count), keeps no reference beyond what it
         * takes itself.
         */
        int (*write)(Output *o, const Segment *s);
        /*
         * Called every second and on request, may block: sees whether what failed works again.
         * Returns as flush.
         */
        uint64_t (*maintain)(Output *o);
        /*
         * Flushes what was written so far; returns the workers (Commit.worker_bit) whose commits
         * are complete now. try_flush returns at once, with *ret_busy set, when another flush is
         * under way. NULL: nothing is ever flushed.
         */
        uint64_t (*flush)(Output *o);
        uint64_t (*try_flush)(Output *o, bool *ret_busy);
        /* Nothing that was written waits for a flush. NULL without flush. */
        bool (*is_flushed)(Output *o);
        Output *(*free)(Output *o);
};

/* Around every system call that may take as long as a disk or a reader wants. */
static inline void output_enter(Output *o) {
        atomic_fetch_add_explicit(&o->n_inside, 1, memory_order_relaxed);
}
static inline void output_leave(Output *o) {
        atomic_fetch_sub_explicit(&o->n_inside, 1, memory_order_relaxed);
}
static inline bool output_is_busy(Output *o) {
        return atomic_load_explicit(&o->n_inside, memory_order_relaxed) > 0;
}

/* Fills the common part; output_plan.h does the rest. Returns 0 or -ENOMEM. */
int output_init(Output *o, const OutputVtable *vtable, const ConfigOutput *config, BufferPool *pool,
                MailboxGroup *workers);
void output_done(Output *o);
/* ERROR: 0 or negative errno. */
static inline void output_count(Output *o, uint64_t n_records, int error) {
        atomic_fetch_add_explicit(error < 0 ? &o->stats.failed : &o->stats.recorded, n_records,
                                  memory_order_relaxed);
}
/*
 * Keeps o->write_errno and logs when it begins to fail; WHAT: "cannot write to it" and the like. That it
 * works again is logged by output_report_changes(). Returns ERROR.
 */
int output_set_error(Output *o, int error, const char *what);
/*
 * It fails, but there is room for records. If it lacked room, it works again; otherwise senders may
 * try, and the next record shows whether it works.
 */
void output_try_again(Output *o);
