/* SPDX-License-Identifier: MIT */
/* Where a libconfig setting stands in the file, as a line and a key such as "listeners[0].port". */
#pragma once

#include "config/problem.h"

struct config_setting_t;

/* Of a setting that stands in the file. */
ProblemPlace place_at(const struct config_setting_t *setting);

/* Of the member NAME; where the group does not have it, on the line of the group. */
ProblemPlace place_of(const struct config_setting_t *group, const char *name);
