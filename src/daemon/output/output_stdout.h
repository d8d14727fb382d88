/* SPDX-License-Identifier: MIT */
/* Standard output ("-"): written, never durable, never reopened. Its reader may be slow. */
#pragma once

#include "daemon/output/output.h"

typedef struct ConfigOutput ConfigOutput;

/* The pool becomes the output's, also on failure. Returns 0 or negative errno. */
int output_stdout_new(const ConfigOutput *config, BufferPool *pool, MailboxGroup *workers,
                      Output **ret);
