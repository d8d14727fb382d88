/* SPDX-License-Identifier: MIT */
/*
 * Takes messages in: gives each its id, formats it straight into the buffer of every output, and
 * collects the runs that wait for the receipts, until the worker hands it all over as one commit.
 * One per worker; nothing here blocks but the write(2) of a file.
 *
 *   intake_begin() { intake_add() … } intake_end()      once per read
 *   intake_commit()                                     once per wake-up, and when a buffer is full
 */
#pragma once

#include "daemon/commit.h"
#include "daemon/intake_writer.h"

typedef struct Intake {
        IntakeWriter *writers; /* owned */
        size_t n_writers;
        Commit *open;   /* being filled; never NULL */
        Commit *spares; /* take its place without needing memory */
        unsigned n_spares;
        unsigned worker; /* index */
        size_t memory;   /* bytes of the commits handed over and not durable yet */
        size_t memory_max;
        Commit *first;         /* handed over, oldest first */
        Commit *next_received; /* the oldest that was not taken as handed over yet */
        Commit *next_written;  /* the oldest that was not taken as written yet */
        Commit **end;
        Id id; /* of the next message */
        RecordTime time;
        uint64_t now_usec, n_taken, bytes_taken; /* CLOCK_MONOTONIC; since the last begin */
        uint64_t bytes;                          /* of the current run's messages */
        Level level;                             /* of the current run */
        Run run;
        int end_error; /* what intake_end() will return */
        bool full;     /* an output has no room: take in no more */
} Intake;

/* Without outputs so far. Returns 0 or -ENOMEM. */
int intake_init(Intake *in, Mailbox *mailbox, unsigned worker, const Id *first);
/* With an empty open commit. Takes WRITERS, one for each output. MEMORY: bytes for commits. */
void intake_change_outputs(Intake *in, IntakeWriter *writers, Output *const *outputs,
                           size_t n_outputs, uint64_t memory);
void intake_done(Intake *in);

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
 * Returns 0, or -ENOMEM: of some messages it could not be remembered that their sender waits. They are
 * counted failed, and the sender cannot go on.
 */
int intake_end(Intake *in);
/* Hands everything over. Not between begin and end. */
void intake_commit(Intake *in);
/* Nobody waits for what is in the open commit: it may as well become more before it is written. */
static inline bool intake_can_wait(const Intake *in) {
        return !commit_is_empty(in->open) && !in->open->urgent;
}

/* Gives the buffers back when nothing is on its way. */
void intake_rest(Intake *in);

/*
 * The next commit, in order, that is handed over (written, durable); NULL: none yet. Each passes
 * all three stages, and is the caller's to recycle after the last.
 */
Commit *intake_take_received(Intake *in);
Commit *intake_take_written(Intake *in);
Commit *intake_take_durable(Intake *in);
void intake_recycle(Intake *in, Commit *c);

/* Nothing is on its way. */
static inline bool intake_is_idle(const Intake *in) {
        return !in->first && commit_is_empty(in->open);
}
/* So much waits for a flush that it should not be put off. */
static inline bool intake_wants_flush(const Intake *in) {
        return in->memory > in->memory_max / 2;
}

/* Sets and returns whether more can be taken in. */
bool intake_check_room(Intake *in);
/* What is taken in now could only be lost: an output that receipts wait for fails. */
bool intake_outputs_fail(const Intake *in);
