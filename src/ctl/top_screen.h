/* SPDX-License-Identifier: MIT */
/* The screen of "sockctl top", made of a snapshot and the history before it. */
#pragma once

#include "ctl/history.h"

/*
 * Returns text, from malloc(), that repaints a terminal of COLUMNS × LINES, or NULL if out of memory.
 * TROUBLE: why there is no newer snapshot, or ""; S may have no rows.
 */
char *top_screen_paint(const Snapshot *s, History *h, const char *trouble, size_t columns,
                       size_t lines, bool utf8, size_t *ret_size);
