/* SPDX-License-Identifier: MIT */
/* Opens the journal, and explains why it cannot be read. */
#pragma once

typedef struct sd_journal sd_journal;

/*
 * Opens the journal of this machine, or the one in DIRECTORY when that is not NULL. Returns 0, or
 * negative errno after printing what is wrong.
 */
int log_journal_open(const char *directory, sd_journal **ret);
