/* SPDX-License-Identifier: MIT */
/* Rules of files that sockd makes: their mode and group. */
#pragma once

#include <stdbool.h>

typedef struct Check Check;
typedef struct ConfigOutput ConfigOutput;

/* The key mode. NULL is fine. Returns whether it is valid. */
bool check_file_mode(const Check *check, const char *mode);
/* The keys mode and group of an output. Completes it. Returns 0 or -ENOMEM. */
int check_file_output(const Check *check, ConfigOutput *o);
