/* SPDX-License-Identifier: MIT */
/*
 * The rules that take more than one key: what is required, what excludes what, and the defaults
 * that depend on other settings.
 */
#pragma once

#include "config/config.h"
#include "config/problem.h"

struct config_setting_t;

/*
 * C as reader_read() left it, and the tree it came from. Completes C; what is wrong becomes a
 * problem.
 */
void check_config(Config *c, const struct config_setting_t *root, ProblemList *problems);

/*
 * Gives L what it does not have yet: name (NAME, or PROTOCOL-PORT where that is NULL), address,
 * reply, acknowledge (ACKNOWLEDGE), receive_buffer. The protocol is known. Returns 0 or -ENOMEM.
 */
int check_complete_listener(ConfigListener *l, const char *name, Level acknowledge);
