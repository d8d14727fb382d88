/* SPDX-License-Identifier: MIT */
/* Segments, and a FIFO list of them. Not locked. */
#pragma once

#include "core/buffer.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Commit Commit;
typedef struct OutputName OutputName;

/* Part of a buffer that is being written. Holds a reference to the buffer. */
typedef struct Segment {
        Buffer *buffer; /* NULL: written, and not retained */
        size_t from, to;
        uint64_t n_records;
        Commit *commit; /* reported to; NULL: none */
        /* The file it is for, where the output has many; NULL: written, or it has one. A reference. */
        OutputName *name;
        bool flush; /* the commit also waits for the flush */
} Segment;

/* All zero: empty. */
typedef struct SegmentList {
        Segment *items;
        size_t first, n, n_allocated;
} SegmentList;

static inline bool segment_list_is_empty(const SegmentList *l) {
        return l->n == 0;
}

/* Ensures that the next push needs no memory. Returns 0 or -ENOMEM. */
int segment_list_reserve(SegmentList *l);
/* Takes the reference on success. Returns 0 or -ENOMEM. */
int segment_list_push(SegmentList *l, const Segment *s);
/* The reference is the caller's. False: the list is empty. */
bool segment_list_pop(SegmentList *l, Segment *ret);
/* The I-th from the front. */
const Segment *segment_list_at(const SegmentList *l, size_t i);
/* Moves all of FROM behind what is in L. Returns 0, or -ENOMEM with the rest still in FROM. */
int segment_list_join(SegmentList *l, SegmentList *from);
/* Moves all of it out. */
SegmentList segment_list_take(SegmentList *l);
/* Drops all references and frees the list. */
void segment_list_done(SegmentList *l);
