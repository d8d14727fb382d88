/* SPDX-License-Identifier: MIT */
/* The flush of a file, and what follows when it fails. */
#pragma once

#include "daemon/output/output_file.h"

/* OutputVtable.flush and .try_flush. */
uint64_t output_flush(Output *base);
uint64_t output_flush_try(Output *base, bool *ret_busy);

/* The following are called with the flush mutex held. */

/* Opens or creates the file at its path, but never one whose flush failed. As file_open(). */
int output_flush_open(OutputFile *o, File *ret, const char **ret_reason);

/* PATH.damaged-ID: the new name of a file whose flush failed at MSEC. NULL: out of memory. */
char *output_flush_damaged_name(const char *path, uint64_t msec);

/* Flushes a replaced file, reports to the commits in LEFT. Returns the workers to wake. */
uint64_t output_flush_old(OutputFile *o, File *old, SegmentList *left);

/*
 * Closes the file, which can be neither used nor replaced; renames it if damaged. Records that wait
 * for its flush, and those written later, fail with ERROR. Returns the workers to wake.
 */
uint64_t output_flush_give_up(OutputFile *o, int error);
