/* SPDX-License-Identifier: MIT */
/* The screen of "sockctl top", made of a snapshot and the minute before it. */
#pragma once

#include "ctl/history.h"

/*
 * Text that paints COLUMNS × LINES from the upper left corner; from malloc. TROUBLE: why there is no
 * newer snapshot, "" when there is; S may have no rows. NULL: out of memory.
 */
char *top_screen_paint(const Snapshot *s, History *h, const char *trouble, size_t columns,
                       size_t lines, bool utf8, size_t *ret_size);
