/* SPDX-License-Identifier: MIT */
/* Long output goes through $SYSTEMD_PAGER, $PAGER or less(1), when standard output is a terminal. */
#pragma once

#include "ctl/options.h"

void pager_open(const Global *global);
/* Waits until the pager exits; does nothing without one. */
void pager_close(void);
