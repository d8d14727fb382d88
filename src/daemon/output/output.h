/* SPDX-License-Identifier: MIT */
/*
 * Where records go. Workers format into buffers of the output's pool and hand segments of them
 * over; an output writes them in the worker's thread (a file that senders wait for) or queues them
 * for one of its own (the journal; "drop"). Shared by all workers, owned by the server.
 */
#pragma once

#include "core/buffer.h"
#include "core/episode.h"
#include "core/names.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct MailboxGroup MailboxGroup;
typedef struct Output Output;
typedef struct OutputQueue OutputQueue;
typedef struct OutputVtable OutputVtable;
typedef struct Segment Segment;

typedef struct OutputStats {
        _Atomic uint64_t recorded; /* records written */
        _Atomic uint64_t dropped;  /* "drop": no room */
        _Atomic uint64_t failed;   /* records that could not be written */
        /* files set aside after a failed flush; the time in the name of the last, CLOCK_REALTIME */
        _Atomic uint64_t damaged, damaged_msec;
} OutputStats;

struct Output {
        const OutputVtable *vtable;
        char *name; /* path, or "journal" */
        OutputType type;
        Format format;
        WhenFull when_full;
        BufferPool *pool;
        OutputQueue *queue;        /* NULL: none was ever needed */
        bool queued;               /* else written by the workers; changes while none runs */
        _Atomic size_t record_max; /* bytes of the longest record */
        MailboxGroup *workers;
        atomic_int write_errno;               /* positive errno while writing to it fails */
        atomic_int reopen_errno;              /* positive errno while its path cannot be opened */
        _Atomic uint64_t n_recorded_at_retry; /* it works once stats.recorded has passed this */
        Episode failing, dropping;            /* as reported in the log */
        atomic_uint n_inside; /* threads in a system call for it, or waiting for one that is */
        OutputStats stats;
};

/*
 * Takes the segment, reference and all. Returns 0 when it is written, 1 when it was queued and the
 * commit will be told, or negative errno. A "wait" output that queues holds its worker back through
 * its pool.
 */
int output_submit(Output *o, const Segment *s);

/* Receipts wait for it. */
static inline bool output_is_waited_for(const Output *o) {
        return o->when_full == WHEN_FULL_WAIT;
}

/* Senders without receipts are held back in the meantime. */
static inline bool output_is_failing(Output *o) {
        return output_is_waited_for(o) &&
               atomic_load_explicit(&o->write_errno, memory_order_relaxed) != 0;
}

/* Flushes of several outputs are coordinated by committer.h; false: this one is never flushed. */
bool output_is_flushed(const Output *o);

/*
 * Waits until all that was queued is written or DEADLINE (CLOCK_MONOTONIC) has passed: then the
 * rest is counted failed.
 */
void output_finish(Output *o, uint64_t deadline_usec);
/* Logs which of its faults have begun or are over. To be called each second (CLOCK_MONOTONIC). */
void output_report_changes(Output *o, uint64_t now_usec);
/* At the end of it: logs the end of its faults, unless it fails, and what became of its records. */
void output_log_account(Output *o);
/* Nothing is on its way to it. Not while somebody may submit to it. */
bool output_is_idle(Output *o);
Output *output_free(Output *o);
