/* SPDX-License-Identifier: MIT */
/* What follows when commits have come further: the account, receipts, answers. */
#pragma once

#include "daemon/worker.h"

/* Answers all that has reached its level, and sees to it that the rest will be flushed. */
void worker_answer(Worker *w);

/*
 * Somebody waits for a flush. Does it here when there is nothing else to do, else has the commit
 * thread do it.
 */
void worker_answer_flush(Worker *w, bool has_input);

/*
 * Tells ERROR (positive errno) to everybody who waits for a commit, and forgets the commits:
 * outputs may still hold them.
 */
bool worker_answer_give_up(Worker *w, int error);
