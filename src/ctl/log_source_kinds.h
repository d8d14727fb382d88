/* SPDX-License-Identifier: MIT */
/* How a source of each kind is made. */
#pragma once

#include "ctl/log_files.h"
#include "ctl/log_source.h"

/*
 * WISH is borrowed. They return 0; -ENOMEM, or another negative errno after printing what is wrong.
 */
int log_source_journal_new(const LogWish *wish, const Global *global, LogSource **ret);
/* Takes FILES, and leaves it empty. */
int log_source_files_new(const LogWish *wish, LogFiles *files, LogSource **ret);
