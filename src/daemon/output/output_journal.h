/* SPDX-License-Identifier: MIT */
/*
 * The systemd journal, spoken to in its native protocol over a socket of our own:
 * sd_journal_send(3) reports success where no journald is, and blocks where it is slow. Written by
 * a thread of its own.
 *
 * A segment for it is a row of entries, each behind its size (32 bit, host order).
 */
#pragma once

#include "daemon/output/output.h"

typedef struct ConfigOutput ConfigOutput;

#define OUTPUT_JOURNAL_PREFIX sizeof(uint32_t)

/* The pool becomes the output's, also on failure. Returns 0 or negative errno. */
int output_journal_new(const ConfigOutput *config, BufferPool *pool, MailboxGroup *workers,
                       Output **ret);
