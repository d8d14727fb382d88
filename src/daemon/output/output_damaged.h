/* SPDX-License-Identifier: MIT */
/* What becomes of a file whose flush failed. Its path is free afterwards, or it is in the way. */
#pragma once

#include "daemon/output/output_file.h"

/* PATH.damaged-ID: the new name of a file whose flush failed at MSEC. NULL: out of memory. */
char *output_damaged_name(const char *path, uint64_t msec);

/* The following are called with the flush mutex held. ERROR: what the flush failed with. */

/*
 * Deletes a file that was created after an earlier failure, if all of its records will be written
 * again; renames any other that is still there.
 */
void output_damaged_retire(RecordFile *f, int error);
/* Tries again to rename it, if it could not be renamed. Returns 0 or negative errno. */
int output_damaged_clear_way(RecordFile *f);
/* Logs that the flush of a file that was moved failed. */
void output_damaged_say_moved(const RecordFile *f, int error);
