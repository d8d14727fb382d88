/* SPDX-License-Identifier: MIT */
/* The flush of a file, and what follows when it fails. */
#pragma once

#include "daemon/output/output_file.h"

/* OutputVtable.flush and .try_flush. */
uint64_t output_flush(Output *base);
uint64_t output_flush_try(Output *base, bool *ret_busy);

/*
 * All under the flush mutex.
 *
 * Opens or creates the file at PATH, but never one whose flush failed. Returns and explains itself
 * as file_open().
 */
int output_flush_open(OutputFile *o, File *ret, const char **ret_reason);

/* PATH.damaged-ID, as the file is called that was set aside at MSEC. NULL: out of memory. */
char *output_flush_damaged_name(const char *path, uint64_t msec);

/*
 * Flushes a file that is not written any more and tells the commits in LEFT, which is empty then.
 * Returns the workers to wake.
 */
uint64_t output_flush_old(OutputFile *o, File *old, SegmentList *left);

/*
 * Closes the file, if there is one: it can't be used or replaced; a damaged one is moved out of the
 * way. What waits for it, and what is written later, gets ERROR. Returns the workers to wake.
 */
uint64_t output_flush_give_up(OutputFile *o, int error);
