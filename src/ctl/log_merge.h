/* SPDX-License-Identifier: MIT */
/*
 * All files of records as one, by time; a record that is in two files comes twice. A file is opened
 * when its first record is due, and not at all if it can hold none that is wanted.
 */
#pragma once

#include "core/macro.h"
#include "ctl/log_files.h"

typedef struct LogEntry LogEntry;
typedef struct LogMerge LogMerge;

/* What becomes of a file that has been read to its end. */
typedef enum LogMergeEnd {
        LOG_MERGE_CLOSE,
        LOG_MERGE_KEEP, /* a live one may grow */
} LogMergeEnd;

/*
 * Of the records from SINCE_USEC up to UNTIL_USEC. FILES is borrowed. Returns 0;
 * -ENOMEM, or another negative errno after printing what is wrong. log_merge_free() returns NULL.
 */
int log_merge_new(const LogFiles *files, uint64_t since_usec, uint64_t until_usec, LogMergeEnd end,
                  LogMerge **ret);
LogMerge *log_merge_free(LogMerge *m);
DEFINE_CLEANUP(LogMerge *, log_merge_free)

/*
 * The next record, valid until the next call. Returns 1; 0 when there is none, or none yet; negative
 * errno in the same way.
 */
int log_merge_next(LogMerge *m, const LogEntry **ret);

/*
 * With LOG_MERGE_KEEP. The first reads a file that has come to this path, too, if it is not one of
 * those that are open; the second one that was renamed before it was seen, of which only the last
 * records can be new. The paths are borrowed. They return 0 or negative errno.
 */
int log_merge_look(LogMerge *m, const char *path);
int log_merge_add(LogMerge *m, const char *path);
