/* SPDX-License-Identifier: MIT */
/* Looks the records of a few ids up in files: where they should be first, then everywhere. */
#pragma once

#include "ctl/log_files.h"
#include <stddef.h>

typedef struct LogFoundLine {
        char *text;
        size_t size;
        uint64_t usec;
} LogFoundLine;

/* The lines that were found, by time. All zero is none. */
typedef struct LogFound {
        LogFoundLine *lines;
        size_t n;
} LogFound;

/* Returns 0; -ENOMEM, or another negative errno after printing what is wrong. */
int log_find(const LogFiles *files, const char *const ids[], size_t n, LogFound *ret);
void log_find_done(LogFound *f);
