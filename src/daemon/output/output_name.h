/* SPDX-License-Identifier: MIT */
/* The path of one file of an output that has many. Shared: segments refer to it. */
#pragma once

#include <stdatomic.h>

typedef struct OutputName {
        atomic_uint n_refs;
        int error; /* 0, or negative errno: why there is no such file */
        char path[];
} OutputName;

/* Never NULL: if memory is short, it is one with that error, and the path "". */
OutputName *output_name_new(const char *path, int error);
OutputName *output_name_ref(OutputName *n);   /* NULL: nothing is done */
OutputName *output_name_unref(OutputName *n); /* the same; returns NULL */
