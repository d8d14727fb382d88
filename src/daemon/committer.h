/* SPDX-License-Identifier: MIT */
/*
 * The thread that flushes files for everybody (group commit: while one flush runs, the next
 * collects) and that keeps them in their place: reopened when moved, tried again when they could
 * not be opened. Borrows the outputs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Committer Committer;
typedef struct MailboxGroup MailboxGroup;
typedef struct Output Output;

typedef enum CommitterUrgency {
        COMMITTER_SOON,  /* nobody waits: within a second */
        COMMITTER_EARLY, /* more is to come: now, unless flushes take long */
        COMMITTER_NOW,
} CommitterUrgency;

/* Looks after the outputs once (which opens the files) before it returns 0 or negative errno. */
int committer_new(Output *const *outputs, size_t n_outputs, MailboxGroup *workers, Committer **ret);
/* A last flush, then the end of the thread. */
Committer *committer_free(Committer *c);

/* There is something to flush. Any thread. */
void committer_request(Committer *c, CommitterUrgency urgency);
/* Look after the outputs now: reopens files. Any thread. */
void committer_reopen(Committer *c);

/*
 * For a worker with nothing else to do: flushes in its own thread, if flushes have been short and
 * none is under way. Wakes the other workers whose commits that completes. WORKER: its index.
 * Returns false when the thread has to do it.
 */
bool committer_flush_here(Committer *c, unsigned worker);
/* The last flush was so short that it is worth serving what has come before the next one. */
bool committer_is_quick(const Committer *c);
