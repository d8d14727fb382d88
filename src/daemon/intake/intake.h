/* SPDX-License-Identifier: MIT */
/*
 * Takes messages in: gives each its id, formats it straight into the buffer of every output, and
 * collects the runs that wait for the receipts, until the worker hands it all over as one commit.
 * One per worker, its owner; nothing here blocks but the write(2) of a file.
 *
 *   intake_begin() { intake_add() … } intake_end()      once per read
 *   intake_commit()                                     once per wake-up, and when a buffer is full
 */
#pragma once

#include "core/record.h"
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
        Commit *spares; /* take its place without needing memory */
        unsigned n_spares;
        unsigned worker;          /* index */
        size_t memory;            /* bytes of the commits handed over and not durable yet */
        size_t memory_max;        /* for these */
        Commit *next[LEVEL_MAX_]; /* handed over: the oldest that was not taken at each level */
        Commit **end;             /* behind the newest one */
        Id id;                    /* of the next message */
        RecordTime time;          /* of the wake-up, as are … */
        uint64_t now_usec;        /* … CLOCK_MONOTONIC */
        uint64_t n_added, bytes_added; /* since the last begin */
        uint64_t bytes;                /* of the current run's messages */
        Level level;                   /* of the current run */
        Run run;
        int end_error; /* what intake_end() will return */
        bool full;     /* an output has no room: take in no more */
};

/* Without outputs so far. FIRST: the first id. NULL: out of memory. */
Intake *intake_new(Mailbox *mailbox, unsigned worker, const Id *first);
Intake *intake_free(Intake *in);
/* The writers that a number of outputs will need. NULL: out of memory. */
IntakeWriter *intake_prepare_writers(size_t n_outputs);
/* With nothing open. Takes WRITERS, one for each output. MEMORY: bytes for commits. */
void intake_change_outputs(Intake *in, IntakeWriter *writers, const OutputList *outputs,
                           uint64_t memory);
void intake_set_time(Intake *in, uint64_t now_usec, uint64_t realtime_usec);

/*
 * The messages that follow are counted in STATS and answered at LEVEL with RECEIPT. ADDRESSEE: who
 * gets a receipt for each of them; NULL: nobody, or only those of intake_add_reply().
 */
void intake_begin(Intake *in, Level level, Stats *stats, const Receipt *receipt,
                  Addressee *addressee);
void intake_change_source(Intake *in, const RecordSource *source);
void intake_add(Intake *in, const Message *m);
/* The place for an answer to the message that was added last; NULL: out of memory. */
Reply *intake_add_reply(Intake *in);
/*
 * Returns 0, or -ENOMEM: the receipts of some messages could not be remembered. These are counted
 * failed, and the sender can't continue.
 */
int intake_end(Intake *in);
/* Hands everything over. Not between begin and end. */
void intake_commit(Intake *in);
/* What intake_commit() would hand over. */
FlushOpen intake_open(const Intake *in);
/* Frees the buffers when nothing is on its way. */
void intake_release_buffers(Intake *in);

/*
 * The next commit, in order, that is handed over (received), written, durable; NULL: none yet. Each
 * passes all three levels, and is the caller's to recycle after the last.
 */
Commit *intake_pop(Intake *in, Level level);
void intake_recycle(Intake *in, Commit *c);
/*
 * Forgets the commits that are left; the caller has answered them. Outputs may still refer to them.
 */
void intake_abandon(Intake *in);

/* Nothing is on its way. */
bool intake_is_idle(const Intake *in);
/* So much is pending that the flush should not be delayed. */
static inline bool intake_wants_flush(const Intake *in) {
        return in->memory > in->memory_max / 2;
}
/* Sets and returns whether more can be taken in. */
bool intake_check_room(Intake *in);
/* An output that receipts wait for fails: messages taken in now would be lost. */
bool intake_outputs_fail(const Intake *in);
