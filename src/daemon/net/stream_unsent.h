/* SPDX-License-Identifier: MIT */
/*
 * Receipts that a peer has not read yet: a queue of runs, not of bytes. What all streams hold together
 * has a share of limits.memory.
 */
#pragma once

#include "core/id.h"
#include "daemon/net/stream.h"

typedef struct Receipt Receipt;

/* Receipts from ID on; SKIP bytes of the first one have left already. */
typedef struct Unsent {
        const Receipt *receipt;
        Id id;
        uint32_t count;
        uint32_t skip;
        int error; /* positive errno: the error line instead; 0: none */
        bool truncated;
} Unsent;

/* Returns 0, -ENOMEM, or -EDQUOT: all streams together hold too much. */
int stream_unsent_push(Stream *s, const Unsent *u);
/* The oldest; NULL: none. */
Unsent *stream_unsent_first(const Stream *s);
/* Removes the oldest; frees the queue with its last. */
void stream_unsent_pop(Stream *s);
void stream_unsent_free(Stream *s);
