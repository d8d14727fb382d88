/* SPDX-License-Identifier: MIT */
/* Atomic counters, and a locked table that is used once per connection. */

#include "daemon/net/admission.h"

#include "config/config.h"
#include "core/limit.h"
#include "core/macro.h"
#include "daemon/loop/mailbox.h"
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>

/* Shares of limits.memory. */
#define SHARE_PARTIAL 2
#define SHARE_UNSENT 16

struct Admission {
        ConfigLimits limits; /* changes while no worker runs */
        MailboxGroup *workers;
        _Atomic uint64_t n_streams, last_id;
        _Atomic int64_t partial, unsent; /* bytes */
        pthread_mutex_t mutex;
        LimitTable *peers; /* under the mutex */
};

Admission *admission_new(const ConfigLimits *limits, MailboxGroup *workers) {
        Admission *a = calloc(1, sizeof(*a));

        if (!a)
                return NULL;

        a->limits = *limits;
        a->workers = workers;
        (void)pthread_mutex_init(&a->mutex, NULL); /* cannot fail without attributes */
        a->peers = limit_table_new();
        return a->peers ? a : admission_free(a);
}

Admission *admission_free(Admission *a) {
        if (!a)
                return NULL;

        (void)limit_table_free(a->peers);
        (void)pthread_mutex_destroy(&a->mutex);
        free(a);
        return NULL;
}

void admission_change(Admission *a, const ConfigLimits *limits) {
        a->limits = *limits;
}

bool admission_has_place(Admission *a) {
        return atomic_load(&a->n_streams) < a->limits.connections;
}

/* Peers are counted even without a limit: a reload may set one. */
AdmissionVerdict admission_decide(Admission *a, const Address *peer) {
        uint64_t max = a->limits.connections_per_peer;
        AddressKey key = address_key(peer);
        int r;

        (void)pthread_mutex_lock(&a->mutex);
        r = limit_table_take(a->peers, &key, max > 0 ? (unsigned)max : UINT_MAX);
        (void)pthread_mutex_unlock(&a->mutex);
        if (r <= 0)
                return r == 0 ? ADMISSION_PEER_FULL : ADMISSION_NO_MEMORY;

        atomic_fetch_add(&a->n_streams, 1);
        return ADMISSION_ADMITTED;
}

uint64_t admission_peer_max(const Admission *a) {
        return a->limits.connections_per_peer;
}

void admission_give_back(Admission *a, const Address *peer) {
        AddressKey key = address_key(peer);

        (void)pthread_mutex_lock(&a->mutex);
        limit_table_give(a->peers, &key);
        (void)pthread_mutex_unlock(&a->mutex);
        if (atomic_fetch_sub(&a->n_streams, 1) >= a->limits.connections)
                mailbox_group_signal(a->workers, MAIL_ACCEPT);
}

uint64_t admission_streams(Admission *a) {
        return atomic_load(&a->n_streams);
}

uint64_t admission_next_id(Admission *a) {
        return atomic_fetch_add_explicit(&a->last_id, 1, memory_order_relaxed) + 1;
}

bool admission_add_partial(Admission *a, int64_t delta) {
        return atomic_fetch_add(&a->partial, delta) + delta >
               (int64_t)(a->limits.memory / SHARE_PARTIAL);
}

bool admission_partial_is_over(Admission *a) {
        return admission_add_partial(a, 0);
}

bool admission_holds_nothing(Admission *a) {
        return atomic_load(&a->partial) == 0 && atomic_load(&a->unsent) == 0;
}

bool admission_add_unsent(Admission *a, int64_t delta) {
        return atomic_fetch_add(&a->unsent, delta) + delta >
               (int64_t)(a->limits.memory / SHARE_UNSENT);
}
