/* SPDX-License-Identifier: MIT */
/*
 * The thread that flushes files for all workers (group commit: while one flush runs, the next one
 * collects) and maintains the outputs once a second: retries those that could not be opened, logs
 * faults. An output with news, such as a file that was moved, is maintained at once. Borrows the
 * outputs; owns those that a reload has removed.
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
        COMMITTER_SOON, /* within a second: no receipt waits */
        COMMITTER_NOW,
} CommitterUrgency;

/* Copies OUTPUTS and maintains them once, which opens the files. Returns 0 or negative errno. */
int committer_new(const OutputList *outputs, MailboxGroup *workers, Committer **ret);
/* Flushes once more and ends the thread. */
Committer *committer_free(Committer *c);

/*
 * Another list: prepared (NULL: out of memory), then put in force while no worker runs. Outputs
 * that it lacks are flushed, and freed once nothing refers to them.
 */
CommitterList *committer_prepare(Committer *c, const OutputList *outputs);
void committer_change(Committer *c, CommitterList *list);

/* Requests a flush. Any thread. */
void committer_request(Committer *c, CommitterUrgency urgency);
/*
 * Maintains the outputs now, which reopens files. Any thread. Returns the number of the round; the
 * descriptor is readable when a round is over, and committer_take_maintained() clears that and
 * returns the number of the last one.
 */
uint64_t committer_maintain_now(Committer *c);
int committer_maintained_fd(const Committer *c);
uint64_t committer_take_maintained(Committer *c);

/*
 * Flushes OUTPUTS in the thread of a worker that has nothing else to do; OWN: its
 * Commit.worker_bit. Wakes the other workers whose commits are complete. Returns false if a flush
 * is under way: the commit thread has to do it.
 */
bool committer_flush_here(Committer *c, const OutputList *outputs, uint64_t own);
/* Liveness of its thread. */
const Pulse *committer_pulse(const Committer *c);
/* Whether a removed output is in a system call. */
bool committer_is_busy(Committer *c);
/* Duration of the last flush. Any thread. */
uint64_t committer_flush_usec(const Committer *c);
