/* SPDX-License-Identifier: MIT */
/* The terminal in full-screen mode, restored afterwards. One per process. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum TerminalEvent {
        TERMINAL_TIMEOUT,
        TERMINAL_REDRAW, /* resized, or continued after SIGTSTP */
        TERMINAL_QUIT,   /* a key, a signal, or the terminal is gone */
} TerminalEvent;

/* Returns 0, or negative errno after a line that says why. */
int terminal_start(void);
void terminal_stop(void);

/* Columns and lines. */
void terminal_size(size_t *ret_columns, size_t *ret_lines);
bool terminal_is_utf8(void);
/* Shows the text, all of whose lines fit. */
void terminal_draw(const char *text, size_t size);
TerminalEvent terminal_wait(uint64_t until_usec);
