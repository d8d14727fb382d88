/* SPDX-License-Identifier: MIT */
/* Finds a place in a plain file by bisecting: its records are ordered by time, but for seconds. */
#pragma once

#include "core/id.h"
#include "ctl/log_file.h"

/* Goes on before the first record of this time or later, as far as disorder goes. */
int log_seek_time(LogFile *f, uint64_t usec);
/* The time of the last record. Returns 1, 0 when there is none at the end, negative errno. */
int log_seek_last(LogFile *f, uint64_t *ret);
/*
 * Looks for the record of this id near where it should be. Returns 1 and its line, borrowed as
 * log_file_next() has it; 0 when it is not there, which is no proof; negative errno.
 */
int log_seek_id(LogFile *f, const Id *id, const char **ret, size_t *ret_size);
