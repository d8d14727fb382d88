/* SPDX-License-Identifier: MIT */
/*
 * Unread receipts: a queue of runs, not of bytes. All streams share a part of limits.memory. While
 * there is a queue, it is known what the peer has taken: not what send(2) took, which only went
 * into the kernel's buffer. What was encrypted cannot be made again: of TLS streams, bytes come first.
 */
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

/* Adds to the bytes. As stream_unsent_push(). */
int stream_unsent_keep_bytes(Stream *s, const char *p, size_t n);
/* How many there are. RET: NULL, or where to return them. */
size_t stream_unsent_bytes(const Stream *s, const char **ret);
/* Removes the first N; frees an empty queue. */
void stream_unsent_drop_bytes(Stream *s, size_t n);

/* N more bytes of receipts were handed to the kernel. */
void stream_unsent_note_sent(Stream *s, size_t n);
/* When the peer was last seen to have taken some, or the queue began; CLOCK_MONOTONIC. */
uint64_t stream_unsent_taken_usec(const Stream *s);
/* Looks again (SIOCOUTQ, tcp(7)). Returns whether the peer has taken some since the last look. */
bool stream_unsent_look(Stream *s);
