/* SPDX-License-Identifier: MIT */
/* The flush of a file, and what follows when it fails or the file was moved. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct Output Output;
typedef struct RecordFile RecordFile;

/* OutputVtable.flush and .try_flush. */
uint64_t output_flush(Output *base);
uint64_t output_flush_try(Output *base, bool *ret_busy);

/* The following are called with the flush mutex held, and return the workers to wake. */

/* Flushes what was written, if anything waits for that. */
uint64_t output_flush_one(RecordFile *f);
/* There is no file: opens or creates it, but never one whose flush failed. */
uint64_t output_flush_open(RecordFile *f);
/*
 * Its path does not lead to the file any more: flushes it, and replaces it by the one that is there,
 * or by a new one. Continues with it if that fails, as long as it has a name.
 */
uint64_t output_flush_replace(RecordFile *f);
