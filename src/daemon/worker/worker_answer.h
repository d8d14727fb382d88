/* SPDX-License-Identifier: MIT */
/* When a commit reaches a level: counts its messages, sends receipts, requests the flush. */
#pragma once

#include <stdbool.h>

typedef struct Worker Worker;

/* Answers all that has reached its level; requests the flush of the rest. */
void worker_answer(Worker *w);

/*
 * Answers all pending commits with ERROR (positive errno) and forgets them, although outputs may
 * still refer to them. Returns whether there were any.
 */
bool worker_answer_give_up(Worker *w, int error);
