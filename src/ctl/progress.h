/* SPDX-License-Identifier: MIT */
/* A progress line on the terminal while many messages are sent; cleared at the end. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct Progress {
        bool wanted; /* otherwise all functions do nothing */
        bool shown;
        bool shares_terminal; /* standard output is a terminal too */
        int input_fd;         /* borrowed: how much of it was read, if it is a file */
        uint64_t file_size;
        uint64_t start_usec;
        uint64_t drawn_usec;
} Progress;

void progress_init(Progress *p, bool wanted, int input_fd);

/* Redraws the line if the last time is long enough ago. */
void progress_update(Progress *p, uint64_t n_messages, uint64_t n_receipts);

/* Clears the line before something is printed on the same terminal. */
void progress_hide(Progress *p);
/* Clears the line for good. */
void progress_done(Progress *p);
