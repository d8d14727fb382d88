/* SPDX-License-Identifier: MIT */
/*
 * One line at the foot of a terminal while many messages are on their way; it is gone at the end.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct Progress {
        bool wanted; /* else all of this does nothing */
        bool shown;
        bool shares_terminal; /* standard output is a terminal too */
        int input_fd;         /* borrowed: how much of it was read, if it is a file */
        uint64_t file_size;
        uint64_t start_usec;
        uint64_t drawn_usec;
} Progress;

void progress_init(Progress *p, bool wanted, int input_fd);

/* Draws now and then. */
void progress_update(Progress *p, uint64_t n_messages, uint64_t n_receipts);

/* Makes way for standard output. */
void progress_hide(Progress *p);
/* Nothing more will be drawn. */
void progress_done(Progress *p);
