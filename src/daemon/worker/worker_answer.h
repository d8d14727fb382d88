/* SPDX-License-Identifier: MIT */
/* What follows when commits reach a level: accounting, receipts, replies. */
#pragma once

#include <stdbool.h>

typedef struct Worker Worker;

/* Answers everything that has reached its level, and requests the flush of what has not. */
void worker_answer(Worker *w);

/* Flushes in this thread; false: the commit thread has to. The caller answers. */
bool worker_answer_flush(Worker *w);

/*
 * Answers all pending commits with ERROR (positive errno) and forgets them: outputs may still refer
 * to them. Returns whether there were any.
 */
bool worker_answer_give_up(Worker *w, int error);
