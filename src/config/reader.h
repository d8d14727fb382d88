/* SPDX-License-Identifier: MIT */
/*
 * From libconfig's tree into a Config, key by key. What depends on more than one key is left to
 * check.c.
 */
#pragma once

#include "config/config.h"
#include "config/problem.h"
#include "config/source.h"

struct config_setting_t;

/* No machine needs more, and each listener costs sockets. */
#define READER_LIST_MAX 1024

/*
 * SOURCE must live as long as the tree is read. What is wrong becomes a problem and leaves the
 * default.
 */
void reader_read(struct config_setting_t *root, const Source *source, Config *c,
                 ProblemList *problems);
