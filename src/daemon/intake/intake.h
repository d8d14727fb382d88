/* SPDX-License-Identifier: MIT */
/*
 * Gives each message its id, formats it straight into the buffer of every output, and collects the
 * pending receipts, until the worker hands all of it over as one commit. One per worker, its owner.
 * Nothing here blocks except the write(2) of a file.
 *
 *   intake_begin() { intake_add() … } intake_end()      once per read
 *   intake_commit()                                     once per wake-up, and when a buffer is full
 */
#pragma once

#include "core/record.h"
#include "core/syslog_memo.h"
#include "daemon/intake/flush_policy.h"
#include "daemon/output/run.h"

typedef struct Commit Commit;
typedef struct Intake Intake;
typedef struct IntakeWriter IntakeWriter;
typedef struct Mailbox Mailbox;
typedef struct OutputList OutputList;

struct Intake {
        IntakeWriter *writers; /* owned; one for each output */
        size_t n_writers;
        Commit *open;   /* being filled; never NULL */
        Commit *spares; /* empty ones, so that replacing OPEN needs no memory */
        unsigned n_spares;
        unsigned worker;   /* index */
        size_t memory;     /* size of the commits that were handed over and are not durable */
        size_t memory_max; /* its limit */
        Commit *next[LEVEL_MAX_];      /* the oldest commit that was not popped at each level */
        Commit **end;                  /* end of that list */
        Id id;                         /* of the next message */
        RecordTime time;               /* of the wake-up, as is … */
        uint64_t now_usec;             /* … CLOCK_MONOTONIC */
        uint64_t n_added, bytes_added; /* since intake_begin() */
        uint64_t bytes;                /* of the messages of the current run */
        Level level;                   /* of the current run */
        Run run;
        int end_error;     /* what intake_end() will return */
        bool full;         /* an output has no room: no more may be added */
        bool turns;        /* an output has many files */
        bool flushes;      /* an output is flushed on request, not by a thread of its own */
        bool is_syslog;    /* the source sends syslog … */
        bool needs_fields; /* … and an output writes the fields of its headers: */
        SyslogMemo syslog; /* that of the current message */
};

/* Without outputs. FIRST: the first id. NULL: out of memory. */
Intake *intake_new(Mailbox *mailbox, unsigned worker, const Id *first);
Intake *intake_free(Intake *in);
/* Allocates writers for intake_change_outputs(). NULL: out of memory. */
IntakeWriter *intake_prepare_writers(size_t n_outputs);
/* Nothing may be open. Takes WRITERS, one per output. MEMORY: limit of bytes for commits. */
void intake_change_outputs(Intake *in, IntakeWriter *writers, const OutputList *outputs,
                           uint64_t memory);
void intake_set_time(Intake *in, uint64_t now_usec, uint64_t realtime_usec);

/*
 * The following messages are counted in STATS and acknowledged at LEVEL with RECEIPT. ADDRESSEE:
 * gets a receipt for each; NULL: none, except those of intake_add_reply().
 */
void intake_begin(Intake *in, Level level, Stats *stats, const Receipt *receipt,
                  Addressee *addressee);
void intake_change_source(Intake *in, const RecordSource *source);
void intake_add(Intake *in, const Message *m);
/* Makes a pending receipt for the last message; the caller fills it in. NULL: out of memory. */
Reply *intake_add_reply(Intake *in);
/*
 * Returns 0, or -ENOMEM: some receipts could not be remembered. Their messages were counted failed,
 * and the sender cannot continue.
 */
int intake_end(Intake *in);
/* Hands everything over to the outputs. Not between intake_begin() and intake_end(). */
void intake_commit(Intake *in);
/* What intake_commit() would hand over. */
FlushOpen intake_open(const Intake *in);
/* Frees the buffers if the intake is idle. */
void intake_release_buffers(Intake *in);

/*
 * Returns the next commit, in order, that has reached LEVEL, or NULL. The caller pops each commit
 * at every level, and recycles it after the last.
 */
Commit *intake_pop(Intake *in, Level level);
void intake_recycle(Intake *in, Commit *c);
/* Forgets all commits, which the caller has answered; outputs may still refer to them. */
void intake_abandon(Intake *in);

/* Whether no messages are pending. */
bool intake_is_idle(const Intake *in);
/* Whether so much is pending that the flush should not be delayed. */
static inline bool intake_wants_flush(const Intake *in) {
        return in->memory > in->memory_max / 2;
}
/* Updates in->full. Returns whether more may be added. */
bool intake_check_room(Intake *in);
/* Whether an output that receipts wait for fails: messages added now would be lost. */
bool intake_outputs_fail(const Intake *in);
