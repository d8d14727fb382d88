/* SPDX-License-Identifier: MIT */
/* What the rules of check.h share. Only for check*.c. */
#pragma once

#include "config/place.h"
#include <libconfig.h>
#include <stdbool.h>

typedef struct Config Config;

/* One group of the file, and where to report problems. */
typedef struct Check {
        const Config *config;
        const config_setting_t *group;
        ProblemList *problems;
        const char *path; /* of the file */
} Check;

/* Reports what is wrong with the key NAME of the group. */
#define complain(check, name, ...)                                                                 \
        do {                                                                                       \
                ProblemPlace place = place_of((check)->group, (name));                             \
                problem_add((check)->problems, &place, __VA_ARGS__);                               \
        } while (0)

static inline bool is_set(const Check *check, const char *name) {
        return config_setting_get_member(check->group, name) != NULL;
}
