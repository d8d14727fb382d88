/* SPDX-License-Identifier: MIT */
/* What follows when commits have come further: the account, receipts, answers. */
#pragma once

#include <stdbool.h>

typedef struct Worker Worker;

/* Answers all that has reached its level, and sees to it that the rest will be flushed. */
void worker_answer(Worker *w);

/* Flushes in this thread; false: the commit thread has to. The caller answers. */
bool worker_answer_flush(Worker *w);

/*
 * Tells ERROR (positive errno) to everybody who waits for a commit, and forgets the commits: outputs
 * may still hold them. Returns whether there were any.
 */
bool worker_answer_give_up(Worker *w, int error);
