/* SPDX-License-Identifier: MIT */
/* What becomes of a file whose flush failed. Its path is free afterwards, or it is in the way. */
#pragma once

typedef struct Output Output;
typedef struct RecordFile RecordFile;

/*
 * The last file of an output that was set aside: PATH.damaged-ID. To be freed. NULL: there was none, or out
 * of memory. Any thread. BASE: of files.
 */
char *output_damaged_last(Output *base);

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
