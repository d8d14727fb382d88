/* SPDX-License-Identifier: MIT */
/*
 * The systemd journal, over a socket of our own: sd_journal_send(3) reports success without a
 * journald, and blocks while it is slow. Written by its own thread.
 *
 * A segment is a sequence of entries in the native protocol, each preceded by its size (32 bits,
 * host byte order).
 */
#pragma once

#include "daemon/output/output.h"

typedef struct ConfigOutput ConfigOutput;

#define OUTPUT_JOURNAL_PREFIX sizeof(uint32_t)

/* Takes POOL, even on failure. Returns 0 or negative errno. */
int output_journal_new(const ConfigOutput *config, BufferPool *pool, MailboxGroup *workers,
                       Output **ret);
