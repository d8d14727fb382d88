/* SPDX-License-Identifier: MIT */
/* The table behind setting.h, which alone uses it. */
#pragma once

#include "config/setting.h"

extern const Setting setting_table[];
extern const size_t setting_table_n;
