/* SPDX-License-Identifier: MIT */
/*
 * Memory for records on their way to an output, and the pool that bounds it. One worker appends to
 * a buffer; the parts it has handed over stay untouched until the last reference is
 * dropped. The pool is shared by all threads.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct BufferPool BufferPool;
typedef struct Buffer Buffer;

struct Buffer {
        BufferPool *pool;
        Buffer *next_free;
        atomic_uint n_refs;
        size_t capacity;
        size_t size; /* written by the worker that fills the buffer only */
        char data[];
};

/*
 * Standard buffers hold SIZE bytes; all that are in use together hold about SIZE_MAX. NULL: out of
 * memory.
 */
BufferPool *buffer_pool_new(size_t size, size_t size_max);
/* All buffers must have been returned. */
BufferPool *buffer_pool_free(BufferPool *p);
size_t buffer_pool_size(const BufferPool *p);
/* Changes the ceiling. */
void buffer_pool_set_max(BufferPool *p, size_t size_max);
/* Bytes of buffers in use, and the ceiling. */
size_t buffer_pool_used(BufferPool *p);
size_t buffer_pool_max(BufferPool *p);
/* To be called periodically: frees buffers unused since the last call. Returns how many. */
size_t buffer_pool_trim(BufferPool *p);

/* True when the ceiling is reached: senders must be held back. */
bool buffer_pool_is_full(BufferPool *p);
/* More than half is in use: buffers that no receipt waits for should not be retained. */
bool buffer_pool_is_scarce(BufferPool *p);

/*
 * An empty buffer of at least SIZE bytes with one reference. NULL with errno ENOBUFS when the
 * ceiling is reached (ENOMEM: no memory); when no other is in use any size is given. The urgent one
 * goes past the ceiling: for a record of a message that was already received.
 */
Buffer *buffer_get(BufferPool *p, size_t size);
Buffer *buffer_get_urgent(BufferPool *p, size_t size);

Buffer *buffer_ref(Buffer *b);
/* Returns NULL. The last reference gives the memory back to the pool. */
Buffer *buffer_unref(Buffer *b);

/* Only the caller holds a reference: the buffer may be refilled from the start. */
static inline bool buffer_is_sole(Buffer *b) {
        return atomic_load_explicit(&b->n_refs, memory_order_acquire) == 1;
}
