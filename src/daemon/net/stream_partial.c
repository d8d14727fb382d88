/* SPDX-License-Identifier: MIT */
/* In "partial" in order of their beginnings. */

#include "daemon/net/stream_partial.h"

#include "daemon/net/admission.h"
#include "daemon/net/streams.h"

void stream_partial_change(Stream *s, size_t before, size_t now) {
        Streams *all = s->streams;
        bool partial = now > 0;
        int64_t delta = (int64_t)now - (int64_t)before;

        if (partial != s->partial) {
                TAILQ_REMOVE(partial ? &all->whole : &all->partial, s, link);
                TAILQ_INSERT_TAIL(partial ? &all->partial : &all->whole, s, link);
                s->partial = partial;
        }
        if (delta != 0 && admission_add_partial(all->admission, delta) && delta > 0)
                all->partial_over = true;
}
