/* SPDX-License-Identifier: MIT */
/* The columns of listeners and outputs, for "status" and for their own commands. */
#pragma once

#include "ctl/table.h"

#define COLUMNS_LISTENER 10
#define COLUMNS_OUTPUT 8
/* Without the last one, to fit 80 columns. */
#define COLUMNS_LISTENER_BRIEF (COLUMNS_LISTENER - 1)
#define COLUMNS_OUTPUT_BRIEF (COLUMNS_OUTPUT - 2)

/*
 * For people: "expires in 3d 2h" or "expired 2d 1h ago" if that is so, or will be within two weeks; ""
 * for a listener without a certificate, or with one that is good for longer.
 */
TableMood columns_certificate(const Row *listener, char buf[static TABLE_CELL_MAX]);

extern const Column columns_listener[COLUMNS_LISTENER];
extern const Column columns_output[COLUMNS_OUTPUT];
