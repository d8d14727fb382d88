/* SPDX-License-Identifier: MIT */
/* Reads libconfig's tree into a Config, key by key. Rules about several keys are in check.c. */
#pragma once

struct config_setting_t;
typedef struct Config Config;
typedef struct ProblemList ProblemList;
typedef struct Source Source;

/* Most entries of a list; each listener needs sockets. */
#define READER_LIST_MAX 1024

/* SOURCE must outlive ROOT. An invalid value adds a problem and leaves the default. */
void reader_read(struct config_setting_t *root, const Source *source, Config *c,
                 ProblemList *problems);
