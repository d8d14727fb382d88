/* SPDX-License-Identifier: MIT */
/* A vector and a mutex. */

#include "daemon/worker/handover.h"

#include "core/macro.h"
#include <errno.h>

void handover_init(Handover *h) {
        *h = (Handover){ 0 };
        (void)pthread_mutex_init(&h->mutex, NULL); /* cannot fail without attributes */
}

void handover_done(Handover *h) {
        for (size_t i = 0; i < h->n; i++)
                (void)close(h->items[i].fd); /* nothing was written to it */
        free(TAKE_PTR(h->items));
        h->n = h->n_allocated = 0;
        (void)pthread_mutex_destroy(&h->mutex); /* all other threads have ended */
}

static int reserve_item(Handover *h) {
        size_t n = MAX(2 * h->n_allocated, (size_t)16);
        HandoverItem *items;

        if (h->n < h->n_allocated)
                return 0;

        items = reallocarray(h->items, n, sizeof(*items));
        if (!items)
                return -ENOMEM;

        h->items = items;
        h->n_allocated = n;
        return 0;
}

int handover_put(Handover *h, const HandoverItem *item) {
        int r;

        (void)pthread_mutex_lock(&h->mutex);
        r = reserve_item(h);
        if (r == 0)
                h->items[h->n++] = *item;
        (void)pthread_mutex_unlock(&h->mutex);
        return r;
}

size_t handover_take(Handover *h, HandoverItem **ret) {
        size_t n;

        (void)pthread_mutex_lock(&h->mutex);
        *ret = TAKE_PTR(h->items);
        n = h->n;
        h->n = h->n_allocated = 0;
        (void)pthread_mutex_unlock(&h->mutex);
        return n;
}
