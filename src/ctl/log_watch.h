/* SPDX-License-Identifier: MIT */
/* Waits until something happens to files: they grow, come, or are renamed. */
#pragma once

#include "core/macro.h"
#include <stddef.h>

typedef struct LogWatch LogWatch;

/*
 * Watches the directories of PATHS. Where the kernel cannot tell, waits are short instead. Returns
 * NULL when there is no memory; log_watch_free() returns NULL.
 */
LogWatch *log_watch_new(char *const paths[], size_t n);
LogWatch *log_watch_free(LogWatch *w);
DEFINE_CLEANUP(LogWatch *, log_watch_free)

/*
 * Returns 1 when something may have happened since the last call; 0 when FD, which is written to, was
 * closed at its other end; negative errno.
 */
int log_watch_wait(LogWatch *w, int fd);
