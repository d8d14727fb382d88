/* SPDX-License-Identifier: MIT */
/* The columns of listeners and outputs, for "status" and for their own commands. */
#pragma once

#include "ctl/table.h"

#define COLUMNS_LISTENER 10
#define COLUMNS_OUTPUT 8
/* Without the last one, to fit 80 columns. */
#define COLUMNS_LISTENER_BRIEF (COLUMNS_LISTENER - 1)
#define COLUMNS_OUTPUT_BRIEF (COLUMNS_OUTPUT - 2)

extern const Column columns_listener[COLUMNS_LISTENER];
extern const Column columns_output[COLUMNS_OUTPUT];
