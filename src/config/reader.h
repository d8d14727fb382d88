/* SPDX-License-Identifier: MIT */
/* Reads libconfig's tree into a Config, key by key. Rules about several keys are in check.c. */
#pragma once

#include "config/config.h"
#include "config/problem.h"
#include "config/source.h"

struct config_setting_t;

/* Most entries of a list; each listener needs sockets. */
#define READER_LIST_MAX 1024

/* SOURCE must outlive ROOT. An invalid value adds a problem and leaves the default. */
void reader_read(struct config_setting_t *root, const Source *source, Config *c,
                 ProblemList *problems);
