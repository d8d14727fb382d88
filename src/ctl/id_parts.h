/* SPDX-License-Identifier: MIT */
/*
 * What an id tells: "PREFIX-COUNTER" (id.h). The counter rises with each message of a worker, and the
 * prefix begins with the time at which sockd was started: so ids of one prefix are ordered, and those
 * of two starts are.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct IdParts {
        const char *prefix; /* borrowed, as the rest; three digits of salt are its end */
        size_t prefix_size;
        uint64_t started_usec; /* when sockd was started, CLOCK_REALTIME */
        uint64_t counter;
} IdParts;

/* Returns false for what sockd never gives. */
bool id_parts_split(const char *id, size_t size, IdParts *ret);
/* The same for the counter alone. */
bool id_parts_counter(const char *digits, size_t n, uint64_t *ret);
