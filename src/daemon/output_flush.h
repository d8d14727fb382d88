/* SPDX-License-Identifier: MIT */
/* The flush of a file, and what follows when it fails. */
#pragma once

#include "daemon/output_file.h"

/* OutputVtable.flush and .try_flush. */
uint64_t output_flush(Output *base);
uint64_t output_flush_try(Output *base, bool *ret_busy);

/*
 * Under the flush mutex. Flushes a file that is not written any more and tells the commits in LEFT,
 * which is empty then. Returns the workers to wake.
 */
uint64_t output_flush_old(OutputFile *o, File *old, SegmentList *left);

/*
 * Under the flush mutex. The file lost its name and cannot be replaced: tells the commits that wait
 * for it ERROR.
 */
uint64_t output_flush_nameless(OutputFile *o, int error);
