/* SPDX-License-Identifier: MIT */
/* The outputs in force, in the order of the file. */
#pragma once

#include <stddef.h>

typedef struct Output Output;

typedef struct OutputList {
        Output **items; /* owned, as are the outputs */
        size_t n;
} OutputList;

/* The sets of them that listeners send to, as Config.routes has them. Zero is none. */
typedef struct OutputRoutes {
        OutputList *items; /* owned, but not the outputs */
        unsigned n;
} OutputRoutes;
