/* SPDX-License-Identifier: MIT */
/* A setting that is a list of strings. Zero is the empty list. */
#pragma once

#include <stddef.h>

typedef struct ConfigStrings {
        char **items; /* owned, as each of them */
        size_t n;
} ConfigStrings;

/* Adds a copy. Returns 0 or -ENOMEM. */
int config_strings_add(ConfigStrings *s, const char *text);
/* TO is empty, and to be freed after a failure, too. Returns 0 or -ENOMEM. */
int config_strings_copy(const ConfigStrings *from, ConfigStrings *to);
/* Leaves nothing to be freed. */
void config_strings_done(ConfigStrings *s);
