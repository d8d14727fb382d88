/* SPDX-License-Identifier: MIT */
/* Standard output ("-"): written by its own thread, never durable, never reopened. */
#pragma once

#include "daemon/output/output.h"

typedef struct ConfigOutput ConfigOutput;

/* Takes POOL, even on failure. Returns 0 or negative errno. */
int output_stdout_new(const ConfigOutput *config, BufferPool *pool, MailboxGroup *workers,
                      Output **ret);
