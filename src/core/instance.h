/* SPDX-License-Identifier: MIT */
/*
 * Which sockd of this machine: the only one, or one of several that have names. Every name by which
 * one of them is reached follows from its own.
 */
#pragma once

#include <stddef.h>

#define INSTANCE_NAME_MAX 32
#define INSTANCE_NAME_EXPECTED                                                                     \
        "a letter, then up to 31 letters, digits, \"_\" and \"-\"" /* what an error may say */

typedef struct Instance {
        char config[sizeof(SOCKD_CONFIG_FILE) + INSTANCE_NAME_MAX + 1]; /* its default file */
        char bus_name[64];
        char service[64]; /* its unit, without ".service" */
        char control[64]; /* its control socket */
} Instance;

/*
 * NAME: NULL for the one without a name. What it may be is what is valid in a bus name, a unit name
 * and a path alike. Returns 0 or -EINVAL.
 */
int instance_init(Instance *i, const char *name);
/* The same for the one that owns BUS_NAME, which instance_init() has made. */
void instance_of_bus_name(Instance *i, const char *bus_name);
