/* SPDX-License-Identifier: MIT */
/*
 * An output with a file for each name that its template gives: output_name.h. Its own thread writes,
 * flushes and maintains them; few are open at a time, the one that was not used for the longest time
 * is closed for another. For each holds what holds for an output of one file.
 */
#pragma once

#include "daemon/output/output_impl.h"

/* For those who look, from any thread. */
typedef struct OutputFilesReport {
        uint64_t n_names, n_open; /* files that it has made or used; that are open */
        uint64_t n_failing;       /* of its names, whose last record could not be stored */
        char *fault;              /* of one of these: "PATH: reason"; or NULL. To be freed */
} OutputFilesReport;

/* Takes POOL, even on failure. Returns 0 or negative errno. */
int output_files_new(const ConfigOutput *config, BufferPool *pool, MailboxGroup *workers,
                     Output **ret);

/* O must be one. */
OutputFilesReport output_files_report(Output *o);
