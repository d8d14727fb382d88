/* SPDX-License-Identifier: MIT */
/* The only way to standard error, and the way of foreign bytes to standard output: escaped. */
#pragma once

#include "core/macro.h"
#include <stdbool.h>
#include <stddef.h>

/*
 * One line "sockctl: ..." on standard error; what is not printable is escaped, what is too long is
 * cut.
 */
void print_error(const char *format, ...) _printf_(1, 2);

/*
 * From now on the lines go to BUF, the last one of them, without the name of the program; NULL:
 * to standard error again.
 */
#define PRINT_ERROR_MAX 256
void print_errors_to(char *buf);

/* DATA as one line of standard output, escaped. Errors stay in stdout until print_flush(). */
void print_line(const char *data, size_t size);

/* The same for a text, without a line feed. */
void print_text(const char *text);
/* DATA as it is, when it was escaped before. */
void print_bytes(const char *data, size_t size);
/* Nobody takes what is printed any more. */
bool print_failed(void);
/* Something could not be printed for want of memory: print_flush() will say so. */
void print_lost(void);
/* The last byte for the pager. That it did not want all of them is no error. */
void print_end_paging(void);

/*
 * Returns 0, or negative errno when something written to standard output since the start got lost.
 */
int print_flush(void);
