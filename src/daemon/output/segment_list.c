/* SPDX-License-Identifier: MIT */
/* An array whose front moves; moved back to the start when it would have to grow. */

#include "daemon/output/segment_list.h"

#include "core/macro.h"
#include "daemon/output/commit.h"
#include <errno.h>
#include <string.h>

int segment_list_reserve(SegmentList *l) {
        size_t wanted = MAX(2 * l->n, (size_t)16);
        Segment *items;

        if (l->first + l->n < l->n_allocated)
                return 0;
        if (l->first > l->n_allocated / 2) {
                memmove(l->items, l->items + l->first, l->n * sizeof(*l->items));
                l->first = 0;
                return 0;
        }

        items = reallocarray(l->items, l->first + wanted, sizeof(*items));
        if (!items)
                return -ENOMEM;

        l->items = items;
        l->n_allocated = l->first + wanted;
        return 0;
}

int segment_list_push(SegmentList *l, const Segment *s) {
        int r = segment_list_reserve(l);

        if (r < 0)
                return r;

        l->items[l->first + l->n++] = *s;
        return 0;
}

bool segment_list_pop(SegmentList *l, Segment *ret) {
        if (l->n == 0)
                return false;

        *ret = l->items[l->first++];
        if (--l->n == 0)
                l->first = 0;
        return true;
}

const Segment *segment_list_at(const SegmentList *l, size_t i) {
        return &l->items[l->first + i];
}

int segment_list_join(SegmentList *l, SegmentList *from) {
        Segment s;

        while (!segment_list_is_empty(from)) {
                int r = segment_list_push(l, segment_list_at(from, 0));

                if (r < 0)
                        return r;
                (void)segment_list_pop(from, &s); /* its reference is in L */
        }
        return 0;
}

SegmentList segment_list_take(SegmentList *l) {
        SegmentList taken = *l;

        *l = (SegmentList){ 0 };
        return taken;
}

void segment_list_done(SegmentList *l) {
        Segment s;

        while (segment_list_pop(l, &s))
                (void)buffer_unref(s.buffer);
        free(l->items);
        *l = (SegmentList){ 0 };
}
