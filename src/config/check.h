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
 * Checks and completes C, which reader_read() has filled from the tree ROOT of the file PATH. Every
 * error is added to PROBLEMS.
 */
void check_config(Config *c, const struct config_setting_t *root, const char *path,
                  ProblemList *problems);

/*
 * Sets what L, whose protocol and port are set, does not have yet: name, address, reply, acknowledge
 * (ACKNOWLEDGE), receive_buffer. Returns 0 or -ENOMEM.
 */
int check_complete_listener(ConfigListener *l, Level acknowledge);
