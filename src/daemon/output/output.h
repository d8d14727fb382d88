/* SPDX-License-Identifier: MIT */
/*
 * Where records go. Workers format them into buffers of the output's pool and submit segments of
 * these; an output writes them in the thread of the worker (a file that senders wait for), or
 * queues them for a thread of its own (the journal, standard output, "drop"). Shared by all
 * workers; owned by the engine.
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
        _Atomic uint64_t dropped;  /* "drop": there was no room */
        _Atomic uint64_t failed;   /* records that could not be written */
        _Atomic uint64_t damaged;  /* files renamed after a failed flush */
} OutputStats;

struct Output {
        const OutputVtable *vtable;
        char *name; /* path, or "journal" */
        char *key;  /* its name in the config file */
        OutputType type;
        bool is_many; /* NAME is a template of paths: core/path_template.h */
        Format format;
        WhenFull when_full;
        BufferPool *pool;
        OutputQueue *queue; /* NULL: never needed so far */
        /* Written, flushed and maintained by the thread of its queue, else by workers and committer. */
        atomic_bool queued;        /* changes while no worker runs */
        _Atomic size_t record_max; /* maximum size of a record */
        MailboxGroup *workers;
        int news_fd;             /* readable: it wants maintenance now; -EBADF: never */
        atomic_int write_errno;  /* positive errno while writing to it fails */
        atomic_int reopen_errno; /* positive errno while its path cannot be opened */
        _Atomic uint64_t n_recorded_at_retry; /* it works again once stats.recorded exceeds this */
        Episode failing, dropping;            /* as reported in the log */
        atomic_uint n_inside; /* threads in a system call for it, or waiting for one */
        OutputStats stats;
};

/* Takes the segment and its reference. Returns 0: written; 1: queued; or negative errno. */
int output_submit(Output *o, const Segment *s);

/* Whether receipts wait for it. */
static inline bool output_is_waited_for(const Output *o) {
        return o->when_full == WHEN_FULL_WAIT;
}

/* Whether senders without receipts are held back because of it. */
static inline bool output_is_failing(Output *o) {
        return output_is_waited_for(o) &&
               atomic_load_explicit(&o->write_errno, memory_order_relaxed) != 0;
}

/* Whether it is ever flushed (by committer.h). */
bool output_is_flushed(const Output *o);

/* Waits until the queue is written; at DEADLINE (CLOCK_MONOTONIC) the rest is counted failed. */
void output_finish(Output *o, uint64_t deadline_usec);
/* Logs faults that have begun or ended. To be called every second (CLOCK_MONOTONIC). */
void output_report_changes(Output *o, uint64_t now_usec);
/* Before it is freed: logs the end of its faults, unless it fails, and its counters. */
void output_log_account(Output *o);
/* Whether nothing refers to it or is queued; nobody may submit to it. */
bool output_is_idle(Output *o);
Output *output_free(Output *o);
