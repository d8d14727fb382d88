/* SPDX-License-Identifier: MIT */
/* A terminal taken over for a live screen, and given back as it was. One at a time. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum TerminalEvent {
        TERMINAL_TIMEOUT,
        TERMINAL_REDRAW, /* another size, or it is ours again */
        TERMINAL_QUIT,   /* a key, a signal, or nobody looks any more */
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
