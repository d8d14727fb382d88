/* SPDX-License-Identifier: MIT */
/* Segments for tests of outputs, each with a buffer of its own. */
#pragma once

#include "daemon/output/segment_list.h"
#include "unit.h"
#include <string.h>

/* One record; whoever gets the segment gets the reference. */
static inline Segment segment_of(BufferPool *pool, const char *text) {
        Segment s = { .buffer = buffer_get_urgent(pool, strlen(text)), .n_records = 1 };

        assert_non_null(s.buffer);
        s.to = s.buffer->size = strlen(text);
        memcpy(s.buffer->data, text, s.to);
        return s;
}
