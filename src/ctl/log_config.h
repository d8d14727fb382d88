/* SPDX-License-Identifier: MIT */
/* Which files are to be read: what the options say, else what the configuration file does. */
#pragma once

#include "ctl/log_files.h"
#include "ctl/log_source.h"

/*
 * Returns 1 and files, the best first; 0 when the journal is to be read; -EINVAL after printing that
 * the options are wrong; -ENOMEM; another negative errno after printing what else is wrong.
 */
int log_config_find_files(const LogWish *wish, const Global *global, LogFiles *ret);
