/* SPDX-License-Identifier: MIT */
/* One value of the file: checks its type and range and stores it in the field of its setting. */
#pragma once

#include "config/problem.h"
#include "config/setting.h"
#include <stdbool.h>

struct config_setting_t;

/* Returns whether FROM has a type that S accepts; else adds a problem. */
bool value_has_type(const Setting *s, const struct config_setting_t *from, ProblemList *problems);

/*
 * S is a text, word, number, boolean, size or time. An invalid value adds a problem and leaves the field alone.
 * The hook of FROM, if any, is the SourceNumber with its true value.
 */
void value_read(const Setting *s, const struct config_setting_t *from, void *structure,
                ProblemList *problems);
