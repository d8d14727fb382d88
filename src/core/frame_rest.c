/* SPDX-License-Identifier: MIT */
/* It grows by half, and never beyond limits.message_size. */

#include "core/frame_rest.h"

#include <stdlib.h>
#include <string.h>

#define REST_SIZE_MIN 128

static void note_tail(Frame *f, const char *p, size_t n) {
        if (n == 0)
                return;

        f->tail[0] = n > 1 ? p[n - 2] : f->tail[1];
        f->tail[1] = p[n - 1];
}

bool frame_rest_append(Frame *f, size_t size_max, const char *p, size_t n) {
        size_t have = f->partial ? f->partial->size : 0;
        size_t keep;

        if (f->partial)
                size_max = f->partial->size_max;
        keep = MIN(n, size_max - have);
        f->size += n;
        note_tail(f, p, n);
        if (keep == 0)
                return true;

        if (!f->partial || f->partial->capacity - have < keep) {
                size_t wanted = MAX(have + keep, have + have / 2);
                size_t capacity = MIN(MAX(wanted, (size_t)REST_SIZE_MIN),
                                      MAX(size_max, have + keep));
                FramePartial *partial = realloc(f->partial, sizeof(*partial) + capacity);

                if (!partial)
                        return false;

                partial->capacity = capacity;
                partial->size = have;
                partial->size_max = size_max;
                f->partial = partial;
        }

        memcpy(f->partial->bytes + have, p, keep);
        f->partial->size += keep;
        return true;
}

FrameResult frame_rest_take(Frame *f, size_t drop, Message *ret) {
        uint64_t size = f->size - drop;

        *ret = (Message){
                .data = f->partial ? f->partial->bytes : "",
                .size = f->partial ? (size_t)MIN((uint64_t)f->partial->size, size) : 0,
                .true_size = size,
        };
        f->handed_out = true;
        return FRAME_MESSAGE;
}

void frame_rest_release(Frame *f) {
        free(TAKE_PTR(f->partial));
        f->size = 0;
        f->handed_out = false;
}
