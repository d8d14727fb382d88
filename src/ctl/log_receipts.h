/* SPDX-License-Identifier: MIT */
/* Proves a pile of receipts: which of them have a record, and which have none. */
#pragma once

#include "ctl/log_files.h"
#include "ctl/receipt_set.h"

typedef struct LogSource LogSource;

/*
 * Reads receipts as "sockctl send" prints them from PATH, "-" for standard input, and tells what else
 * is there. Returns 0, or negative errno after printing what is wrong.
 */
int log_receipts_read(const char *path, ReceiptSet *set);

/*
 * Look for their records. Return 0; -ENOMEM, or another negative errno after printing what is wrong.
 */
int log_receipts_find_in_files(ReceiptSet *set, const LogFiles *files);
int log_receipts_find_in_source(ReceiptSet *set, LogSource *source);

/* Prints those that are missing, and the sum. */
void log_receipts_print(const ReceiptSet *set);
