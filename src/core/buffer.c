/* SPDX-License-Identifier: MIT */
/*
 * The pool keeps buffers of the standard size for reuse, last in first out; larger ones are freed.
 */

#include "core/buffer.h"

#include "core/macro.h"
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

struct BufferPool {
        pthread_mutex_t mutex;
        size_t buffer_size;
        size_t size_max;
        size_t size_used; /* by buffers in use */
        Buffer *free;
        size_t n_free;
        size_t n_free_min; /* since the last trim */
        atomic_bool full, scarce;
};

BufferPool *buffer_pool_new(size_t size, size_t size_max) {
        BufferPool *p = calloc(1, sizeof(*p));

        if (!p)
                return NULL;

        (void)pthread_mutex_init(&p->mutex, NULL); /* cannot fail without attributes */
        p->buffer_size = size;
        p->size_max = MAX(size, size_max);
        return p;
}

BufferPool *buffer_pool_free(BufferPool *p) {
        if (!p)
                return NULL;

        assert(p->size_used == 0);
        while (p->free) {
                Buffer *b = p->free;

                p->free = b->next_free;
                free(b);
        }
        (void)pthread_mutex_destroy(&p->mutex); /* no other thread uses it any more */
        free(p);
        return NULL;
}

size_t buffer_pool_size(const BufferPool *p) {
        return p->buffer_size;
}

size_t buffer_pool_trim(BufferPool *p) {
        Buffer *unused = NULL;
        size_t n_unused;

        (void)pthread_mutex_lock(&p->mutex);
        n_unused = p->n_free_min;
        for (; p->n_free_min > 0; p->n_free_min--, p->n_free--) {
                Buffer *b = p->free;

                p->free = b->next_free;
                b->next_free = unused;
                unused = b;
        }
        p->n_free_min = p->n_free;
        (void)pthread_mutex_unlock(&p->mutex);

        while (unused) {
                Buffer *b = unused;

                unused = b->next_free;
                free(b);
        }
        return n_unused;
}

bool buffer_pool_is_full(BufferPool *p) {
        return atomic_load_explicit(&p->full, memory_order_relaxed);
}

bool buffer_pool_is_scarce(BufferPool *p) {
        return atomic_load_explicit(&p->scarce, memory_order_relaxed);
}

/* Called with the mutex held. */
static void account(BufferPool *p, size_t size_used) {
        p->size_used = size_used;
        atomic_store_explicit(&p->full, size_used + p->buffer_size > p->size_max,
                              memory_order_relaxed);
        atomic_store_explicit(&p->scarce, size_used > p->size_max / 2, memory_order_relaxed);
}

void buffer_pool_set_max(BufferPool *p, size_t size_max) {
        (void)pthread_mutex_lock(&p->mutex);
        p->size_max = MAX(p->buffer_size, size_max);
        account(p, p->size_used);
        (void)pthread_mutex_unlock(&p->mutex);
}

static size_t read_locked(BufferPool *p, const size_t *size) {
        size_t copy;

        (void)pthread_mutex_lock(&p->mutex);
        copy = *size;
        (void)pthread_mutex_unlock(&p->mutex);
        return copy;
}

size_t buffer_pool_used(BufferPool *p) {
        return read_locked(p, &p->size_used);
}

size_t buffer_pool_max(BufferPool *p) {
        return read_locked(p, &p->size_max);
}

static Buffer *take(BufferPool *p, size_t size, size_t size_max) {
        size_t capacity = MAX(size, p->buffer_size);
        Buffer *b = NULL;

        (void)pthread_mutex_lock(&p->mutex); /* an error here would be our own mistake */
        if (p->size_used > 0 && (capacity > size_max || p->size_used > size_max - capacity)) {
                (void)pthread_mutex_unlock(&p->mutex);
                errno = ENOBUFS;
                return NULL;
        }
        account(p, p->size_used + capacity);
        if (p->free && capacity == p->buffer_size) {
                b = p->free;
                p->free = b->next_free;
                p->n_free--;
                p->n_free_min = MIN(p->n_free_min, p->n_free);
        }
        (void)pthread_mutex_unlock(&p->mutex);

        if (!b) {
                b = malloc(sizeof(*b) + capacity);
                if (!b) {
                        (void)pthread_mutex_lock(&p->mutex);
                        account(p, p->size_used - capacity);
                        (void)pthread_mutex_unlock(&p->mutex);
                        return NULL;
                }
        }

        b->pool = p;
        b->next_free = NULL;
        b->capacity = capacity;
        b->size = 0;
        atomic_init(&b->n_refs, 1);
        return b;
}

Buffer *buffer_get(BufferPool *p, size_t size) {
        return take(p, size, p->size_max);
}

Buffer *buffer_get_urgent(BufferPool *p, size_t size) {
        return take(p, size, SIZE_MAX);
}

Buffer *buffer_ref(Buffer *b) {
        atomic_fetch_add_explicit(&b->n_refs, 1, memory_order_relaxed);
        return b;
}

Buffer *buffer_unref(Buffer *b) {
        BufferPool *p;
        bool keep;

        if (!b || atomic_fetch_sub_explicit(&b->n_refs, 1, memory_order_acq_rel) > 1)
                return NULL;

        p = b->pool;
        keep = b->capacity == p->buffer_size;
        (void)pthread_mutex_lock(&p->mutex);
        account(p, p->size_used - b->capacity);
        if (keep) {
                b->next_free = p->free;
                p->free = b;
                p->n_free++;
        }
        (void)pthread_mutex_unlock(&p->mutex);
        if (!keep)
                free(b);
        return NULL;
}
