/* SPDX-License-Identifier: MIT */
/* The place of a libconfig setting in the file: its line and a key such as "listeners[0].port". */
#pragma once

#include "config/problem.h"

struct config_setting_t;

/* The place of a setting that is in the file. */
ProblemPlace place_at(const struct config_setting_t *setting);

/* The place of the member NAME; if the group has none, the line of the group. */
ProblemPlace place_of(const struct config_setting_t *group, const char *name);
