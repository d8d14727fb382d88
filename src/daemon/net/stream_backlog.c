/* SPDX-License-Identifier: MIT */
/* Of the size that is needed: few streams have one. */

#include "daemon/net/stream_backlog.h"

#include "core/macro.h"
#include "daemon/net/stream_partial.h"
#include "daemon/net/streams.h"
#include <errno.h>
#include <string.h>

int stream_backlog_keep(Stream *s, const char *p, size_t n) {
        StreamBacklog *b = realloc(s->backlog, sizeof(*b) + n);

        if (!b)
                return -ENOMEM;

        b->next = NULL;
        b->size = n;
        memcpy(b->bytes, p, n);
        s->backlog = b;
        return 0;
}

void stream_backlog_block(Stream *s) {
        s->backlog->next = s->streams->blocked;
        s->streams->blocked = s;
}

void stream_backlog_unblock(Stream *s) {
        for (Stream **p = &s->streams->blocked; *p; p = &(*p)->backlog->next)
                if (*p == s) {
                        *p = s->backlog->next;
                        return;
                }
}

void stream_backlog_end_header(Stream *s) {
        stream_partial_change(s, stream_backlog_size(s), 0);
        free(TAKE_PTR(s->backlog));
        atomic_fetch_sub_explicit(&s->streams->n_greeting, 1, memory_order_relaxed);
}
