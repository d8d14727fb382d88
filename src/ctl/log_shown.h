/* SPDX-License-Identifier: MIT */
/* The ids of the last records, so that one that was written twice is shown once. */
#pragma once

#include "core/id.h"
#include "core/macro.h"
#include <stdbool.h>

/* Two copies of a record have the same time, so few records come between them. */
#define LOG_SHOWN_MAX (1U << 17)

typedef struct LogShown LogShown;

/* Returns NULL when there is no memory; log_shown_free() returns NULL. */
LogShown *log_shown_new(void);
LogShown *log_shown_free(LogShown *r);
DEFINE_CLEANUP(LogShown *, log_shown_free)

/* Returns false if it is among the last LOG_SHOWN_MAX that were added. */
bool log_shown_add(LogShown *r, const Id *id);
