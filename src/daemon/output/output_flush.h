/* SPDX-License-Identifier: MIT */
/* The flush of a file, and what follows when it fails or the file was moved. */
#pragma once

#include "daemon/output/output_file.h"

/* OutputVtable.flush and .try_flush. */
uint64_t output_flush(Output *base);
uint64_t output_flush_try(Output *base, bool *ret_busy);

/* The following are called with the flush mutex held, and return the workers to wake. */

/* There is no file: opens or creates it, but never one whose flush failed. */
uint64_t output_flush_open(RecordFile *f);
/*
 * Its path does not lead to the file any more: flushes it, and replaces it by the one that is there,
 * or by a new one. Continues with it if that fails, as long as it has a name.
 */
uint64_t output_flush_replace(RecordFile *f);
