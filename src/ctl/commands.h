/* SPDX-License-Identifier: MIT */
/* The table of commands. */
#pragma once

#include "ctl/command.h"

/* Returns NULL after printing what is wrong with NAME. */
const Command *commands_find(const char *name);

/* A line for each command, as in --help. */
void commands_print(void);
