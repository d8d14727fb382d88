/* SPDX-License-Identifier: MIT */
/* The columns that "status" and the lists of listeners and outputs have in common. */
#pragma once

#include "ctl/table.h"

#define COLUMNS_LISTENER 10
#define COLUMNS_OUTPUT 7
/* Without the last one: 80 columns are enough then. */
#define COLUMNS_LISTENER_BRIEF (COLUMNS_LISTENER - 1)
#define COLUMNS_OUTPUT_BRIEF (COLUMNS_OUTPUT - 1)

extern const Column columns_listener[COLUMNS_LISTENER];
extern const Column columns_output[COLUMNS_OUTPUT];
