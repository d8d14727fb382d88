/* SPDX-License-Identifier: MIT */
/* The command line of sockd. */
#pragma once

#include "core/instance.h"

typedef enum Action {
        ACTION_RUN,
        ACTION_CHECK,
        ACTION_PRINT,
        ACTION_EXIT, /* everything was printed */
} Action;

typedef struct Arguments {
        Action action;
        Instance instance;
        const char *config; /* borrowed from the command line or the instance */
} Arguments;

/* Returns 0, or -EINVAL after the reason was printed. */
int arguments_parse(Arguments *a, int argc, char *argv[]);
