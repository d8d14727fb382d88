/* SPDX-License-Identifier: MIT */
/* Two atomic counters, and a locked table that is used only when connections_per_peer is set. */

#include "daemon/quota.h"

#include "config/config.h"
#include "core/limit.h"
#include "core/macro.h"
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>

/* Shares of limits.memory. */
#define SHARE_RESTS 2
#define SHARE_UNSENT 16

struct Quota {
        ConfigLimits limits; /* changes while no worker runs */
        _Atomic uint64_t n_streams;
        _Atomic int64_t rests, unsent;
        pthread_mutex_t mutex;
        LimitTable *peers; /* under the mutex; NULL: there was no limit per peer yet */
};

Quota *quota_new(const ConfigLimits *limits) {
        Quota *q = calloc(1, sizeof(*q));

        if (!q)
                return NULL;

        q->limits = *limits;
        (void)pthread_mutex_init(&q->mutex, NULL); /* cannot fail without attributes */
        if (limits->connections_per_peer > 0) {
                q->peers = limit_table_new();
                if (!q->peers)
                        return quota_free(q);
        }
        return q;
}

bool quota_needs_peers(const Quota *q, const ConfigLimits *limits) {
        return limits->connections_per_peer > 0 && !q->peers;
}

void quota_change(Quota *q, const ConfigLimits *limits, LimitTable *peers) {
        q->limits = *limits;
        if (peers)
                q->peers = peers;
}

Quota *quota_free(Quota *q) {
        if (!q)
                return NULL;

        (void)limit_table_free(q->peers);
        (void)pthread_mutex_destroy(&q->mutex);
        free(q);
        return NULL;
}

bool quota_has_place(Quota *q) {
        return atomic_load(&q->n_streams) < q->limits.connections;
}

QuotaVerdict quota_take_stream(Quota *q, const Address *peer) {
        int r = 1;

        if (q->peers) {
                AddressKey key = address_key(peer);

                (void)pthread_mutex_lock(&q->mutex);
                r = limit_table_take(q->peers, &key,
                                     q->limits.connections_per_peer > 0
                                             ? (unsigned)q->limits.connections_per_peer
                                             : UINT_MAX);
                (void)pthread_mutex_unlock(&q->mutex);
        }
        if (r <= 0)
                return r == 0 ? QUOTA_PEER_FULL : QUOTA_NO_MEMORY;

        atomic_fetch_add(&q->n_streams, 1);
        return QUOTA_TAKEN;
}

bool quota_give_stream(Quota *q, const Address *peer) {
        if (q->peers) {
                AddressKey key = address_key(peer);

                (void)pthread_mutex_lock(&q->mutex);
                limit_table_give(q->peers, &key);
                (void)pthread_mutex_unlock(&q->mutex);
        }
        return atomic_fetch_sub(&q->n_streams, 1) >= q->limits.connections;
}

uint64_t quota_streams(Quota *q) {
        return atomic_load(&q->n_streams);
}

bool quota_add_rests(Quota *q, int64_t delta) {
        return atomic_fetch_add(&q->rests, delta) + delta >
               (int64_t)(q->limits.memory / SHARE_RESTS);
}

bool quota_add_unsent(Quota *q, int64_t delta) {
        return atomic_fetch_add(&q->unsent, delta) + delta >
               (int64_t)(q->limits.memory / SHARE_UNSENT);
}
