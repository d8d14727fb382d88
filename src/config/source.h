/* SPDX-License-Identifier: MIT */
/*
 * The text of a config file, and what libconfig does not report in it: integers that it wraps, NUL
 * bytes, unterminated comments and strings, @include.
 */
#pragma once

#include "config/problem.h"
#include "core/macro.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An integer that libconfig reads with a wrong value. */
typedef struct SourceNumber {
        size_t index;     /* number of integers before it in the file */
        int64_t value;    /* the true value; the nearest one that fits 64 bits */
        const char *text; /* as written, within the source */
        int size;         /* of the text */
} SourceNumber;

typedef struct Source {
        char *text; /* NUL-terminated, ends in a newline */
        size_t size;
        SourceNumber *numbers; /* in the order of the file */
        size_t n_numbers;
        bool world_writable;
} Source;

void source_done(Source *s);

/* Returns 0 or a negative errno: -EISDIR, -EFBIG for more than 8 MiB, ... */
int source_read(const char *path, Source *ret);
/* The same without ever waiting: -ENOTSUP for a pipe, a device and the like. */
int source_read_regular(const char *path, Source *ret);

/*
 * Fills in the numbers and adds what is wrong to PROBLEMS. Returns 0, -EBADMSG when
 * libconfig must not parse this text, or -ENOMEM.
 */
int source_scan(Source *s, ProblemList *problems);
