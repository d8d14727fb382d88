/* SPDX-License-Identifier: MIT */
/*
 * One value of the file: its type and range are checked, and it moves into the field of its
 * setting.
 */
#pragma once

#include "config/problem.h"
#include "config/setting.h"
#include <stdbool.h>

struct config_setting_t;

/* False, and a problem, when FROM is of another type than S wants. */
bool value_has_type(const Setting *s, const struct config_setting_t *from, ProblemList *problems);

/*
 * S is a text, word, number or seconds. What is wrong becomes a problem and leaves the field alone.
 * The hook of FROM, where there is one, is the SourceNumber with its true value.
 */
void value_read(const Setting *s, const struct config_setting_t *from, void *structure,
                ProblemList *problems);
