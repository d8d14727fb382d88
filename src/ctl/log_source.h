/* SPDX-License-Identifier: MIT */
/* The journal that is read, and whether it may be. */
#pragma once

typedef struct sd_journal sd_journal;

/*
 * Opens the journal of this machine, or the one in DIRECTORY when that is not NULL. Returns 0, or
 * negative errno after a line that says what is wrong.
 */
int log_source_open(const char *directory, sd_journal **ret);
