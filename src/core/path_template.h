/* SPDX-License-Identifier: MIT */
/*
 * Paths with parts that each record fills in: %{listener}, %{peer} (its address) and %{date} (of the
 * record, in UTC: 2026-11-27). What is filled in has letters, digits, "-" and "." only, each other
 * character is "_", and begins with none of the dots: a peer cannot leave the directory.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct RecordSource RecordSource;
typedef struct RecordTime RecordTime;

/* Whether there is anything to be filled in. */
bool path_template_is(const char *path);
/* Whether that includes NAME: "peer". */
bool path_template_has(const char *path, const char *name);
/* Behind PART, which begins with "%{": behind its "}", or at the end of the path if there is none. */
const char *path_template_part_end(const char *part);
/* The first part that cannot be filled in, of *RET_SIZE bytes; NULL: there is none. */
const char *path_template_find_unknown(const char *path, size_t *ret_size);
/*
 * Writes the path, and a NUL, for messages of SOURCE at TIME. Returns its size without that; 0: it
 * does not fit into SIZE bytes.
 */
size_t path_template_expand(const char *path, const RecordSource *source, const RecordTime *time,
                            char *dst, size_t size);
