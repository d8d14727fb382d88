/* SPDX-License-Identifier: MIT */
/* Waits until something happens to files: they grow, come, or are renamed. */
#pragma once

#include "core/macro.h"
#include <stddef.h>

typedef struct LogWatch LogWatch;

/* Returns NULL when there is no memory; log_watch_free() returns NULL. */
LogWatch *log_watch_new(void);
LogWatch *log_watch_free(LogWatch *w);
DEFINE_CLEANUP(LogWatch *, log_watch_free)

/* Watches the directory of PATH. Where the kernel cannot tell, waits are short instead. */
void log_watch_add(LogWatch *w, const char *path);

typedef enum LogWatchResult {
        LOG_WATCH_CLOSED, /* FD was, which is written to, at its other end */
        LOG_WATCH_GROWN,  /* a file may have */
        LOG_WATCH_NAMES,  /* the same, and others may have come or been renamed */
} LogWatchResult;

/* Waits. Returns a LogWatchResult or negative errno. */
int log_watch_wait(LogWatch *w, int fd);
