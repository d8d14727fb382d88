/* SPDX-License-Identifier: MIT */
/* Error lines, and untrusted text on standard output: both escaped. */
#pragma once

#include "core/macro.h"
#include <stdbool.h>
#include <stddef.h>

/*
 * One line "sockctl: ..." on standard error; what is not printable is escaped, what is too long is
 * cut.
 */
void print_error(const char *format, ...) _printf_(1, 2);

/* Each line of TEXT, which is changed, behind PREFIX; after the last one, END. */
void print_error_lines(char *text, const char *prefix, const char *end);

/*
 * From now on print_error() writes to BUF, which holds the last line without the name of the
 * program; NULL: to standard error again.
 */
#define PRINT_ERROR_MAX 256
void print_errors_to(char *buf);

/* DATA as one line of standard output, escaped. Errors stay in stdout until print_flush(). */
void print_line(const char *data, size_t size);

/* The same for a text, without a line feed. */
void print_text(const char *text);
/* DATA as it is, when it was escaped before. */
void print_bytes(const char *data, size_t size);
/* True once standard output has failed. */
bool print_failed(void);
/* Output was lost for lack of memory: print_flush() will return -ENOMEM. */
void print_lost(void);
/* Ends the output to a pager. That it exited without reading everything is no error. */
void print_end_paging(void);

/*
 * Returns 0, or negative errno when something written to standard output since the start got lost.
 */
int print_flush(void);
