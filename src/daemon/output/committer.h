/* SPDX-License-Identifier: MIT */
/*
 * The thread that flushes files for all workers (group commit: while one flush runs, the next
 * collects) and maintains the outputs: files are reopened when they were moved, retried when they
 * could not be opened, and faults are logged. Borrows the outputs; those that left the list are its
 * own.
 */
#pragma once

#include "daemon/loop/pulse.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Committer Committer;
typedef struct CommitterList CommitterList;
typedef struct MailboxGroup MailboxGroup;
typedef struct OutputList OutputList;

typedef enum CommitterUrgency {
        COMMITTER_SOON, /* nobody waits: within a second */
        COMMITTER_NOW,
} CommitterUrgency;

/*
 * Copies the list of outputs. Maintains them once, which opens the files, before it returns 0 or
 * negative errno.
 */
int committer_new(const OutputList *outputs, MailboxGroup *workers, Committer **ret);
/* A last flush, then the end of the thread. */
Committer *committer_free(Committer *c);

/*
 * Another list, prepared (NULL: out of memory) and then put in force, while no worker runs. An
 * output that is not in it any more is flushed and freed when nothing is on its way to it.
 */
CommitterList *committer_prepare(Committer *c, const OutputList *outputs);
void committer_change(Committer *c, CommitterList *list);

/* There is something to flush. Any thread. */
void committer_request(Committer *c, CommitterUrgency urgency);
/*
 * Maintains the outputs now, which reopens files. Any thread. Returns the number of the round that
 * will do it; committer_maintained_fd() is readable when a round is over, and
 * committer_take_maintained() takes that event and returns the number of the last one.
 */
uint64_t committer_maintain_now(Committer *c);
int committer_maintained_fd(const Committer *c);
uint64_t committer_take_maintained(Committer *c);

/*
 * For a worker with nothing else to do, known by its bit (Commit.worker_bit): flushes OUTPUTS in its
 * own thread. Wakes the other workers whose commits that completes. Returns false when a flush is
 * under way: the commit thread has to do it.
 */
bool committer_flush_here(Committer *c, const OutputList *outputs, uint64_t own);
/* Liveness of its thread. */
const Pulse *committer_pulse(const Committer *c);
/* An output that left is in a system call. */
bool committer_is_busy(Committer *c);
/* What the last flush took. Any thread. */
uint64_t committer_flush_usec(const Committer *c);
