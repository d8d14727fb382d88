/* SPDX-License-Identifier: MIT */
/* Segments, and a first-in-first-out list of them. Not locked. */
#pragma once

#include "core/buffer.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Commit Commit;

/* Part of a buffer, on its way. Holds a reference to the buffer. */
typedef struct Segment {
        Buffer *buffer; /* NULL: written, and not kept to be written again */
        size_t from, to;
        uint64_t n_records;
        Commit *commit; /* whom to report to; NULL: nobody */
        bool flush;     /* the commit also waits for the flush */
} Segment;

/* By value. All zero is an empty one. */
typedef struct SegmentList {
        Segment *items;
        size_t first, n, n_allocated;
} SegmentList;

static inline bool segment_list_is_empty(const SegmentList *l) {
        return l->n == 0;
}

/* Makes sure that the next push needs no memory. Returns 0 or -ENOMEM. */
int segment_list_reserve(SegmentList *l);
/* Returns 0 or -ENOMEM. The reference is the list's then. */
int segment_list_push(SegmentList *l, const Segment *s);
/* False: empty. The reference is the caller's then. */
bool segment_list_pop(SegmentList *l, Segment *ret);
/* The I-th from the front. */
const Segment *segment_list_at(const SegmentList *l, size_t i);
/* Moves everything out. */
SegmentList segment_list_take(SegmentList *l);
/* Drops all references and the memory. */
void segment_list_done(SegmentList *l);
