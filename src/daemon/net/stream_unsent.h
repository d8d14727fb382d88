/* SPDX-License-Identifier: MIT */
/* Unread receipts: a queue of runs, not of bytes. All streams share a part of limits.memory. */
#pragma once

#include "core/id.h"
#include "daemon/net/stream.h"

typedef struct Receipt Receipt;

/* COUNT receipts from ID on; SKIP bytes of the first one were sent. */
typedef struct Unsent {
        const Receipt *receipt;
        Id id;
        uint32_t count;
        uint32_t skip;
        int error; /* positive errno: the error line instead; 0: none */
        bool truncated;
} Unsent;

/* Returns 0, -ENOMEM, or -EDQUOT if all streams together have too much. */
int stream_unsent_push(Stream *s, const Unsent *u);
/* The oldest; NULL: none. */
Unsent *stream_unsent_first(const Stream *s);
/* Removes the oldest; frees an empty queue. */
void stream_unsent_pop(Stream *s);
void stream_unsent_free(Stream *s);
