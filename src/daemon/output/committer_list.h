/* SPDX-License-Identifier: MIT */
/* The outputs that a committer looks after. Used by its thread, or not in force yet. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct CommitterList CommitterList;
typedef struct Doorbell Doorbell;
typedef struct Output Output;
typedef struct OutputList OutputList;

struct CommitterList {
        size_t n;
        size_t n_active;    /* the first ones; the rest are removed outputs, which are owned */
        struct pollfd *fds; /* behind the outputs: the thread's doorbell, then one for each */
        Output *outputs[];
};

/* Of OUTPUTS, with room for N_MORE. To be freed with free(). NULL: out of memory. */
CommitterList *committer_list_new(const OutputList *outputs, size_t n_more);
bool committer_list_has(const CommitterList *l, const Output *o);
/* Takes one that was removed, and is idle, off the list. NULL: there is none. */
Output *committer_list_take_idle(CommitterList *l);
/* Waits for WAKE, which is answered, or until one has news. Returns whether one has. */
bool committer_list_wait(CommitterList *l, Doorbell *wake, int timeout_msec);
/* Whether the I-th had, since the last call. */
bool committer_list_take_news(CommitterList *l, size_t i);
