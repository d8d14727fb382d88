/* SPDX-License-Identifier: MIT */
/* Colours, as $SYSTEMD_COLORS, $NO_COLOR, $TERM and the kind of standard output decide. */
#pragma once

#include <stdbool.h>

/* Decided at the first call, which must come before a pager takes standard output over. */
bool style_colours(void);

/* Escape sequences; "" without colours. */
const char *style_bold(void);
const char *style_grey(void);
const char *style_red(void);
const char *style_yellow(void);
const char *style_green(void);
const char *style_reset(void);
