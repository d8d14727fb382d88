/* SPDX-License-Identifier: MIT */
/* Input of a stream that is kept until it can be used. */
#pragma once

#include "daemon/net/stream.h"

struct StreamBacklog {
        Stream *next; /* that waits for room, too */
        size_t size;
        char bytes[];
};

static inline size_t stream_backlog_size(const Stream *s) {
        return s->backlog ? s->backlog->size : 0;
}

/* In place of what was kept before. Returns 0 or -ENOMEM. */
int stream_backlog_keep(Stream *s, const char *p, size_t n);
/* It waits for room, or not any more; streams_resume() uses the backlog then. */
void stream_backlog_block(Stream *s);
void stream_backlog_unblock(Stream *s);
/* The stream leaves the state OPENING: frees the part of a header, and gives its memory back. */
void stream_backlog_end_header(Stream *s);
