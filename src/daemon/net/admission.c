/* SPDX-License-Identifier: MIT */
/* Atomic counters, and a locked table that is used once per connection. */

#include "daemon/net/admission.h"

#include "config/config.h"
#include "core/limit.h"
#include "core/macro.h"
#include "core/rate_table.h"
#include "daemon/loop/mailbox.h"
#include <errno.h>
#include <inttypes.h>
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
        _Atomic int64_t partial, tls, unsent; /* bytes */
        pthread_mutex_t mutex;
        LimitTable *peers;   /* under the mutex, as the next two */
        RateTable *rates;    /* of peers, accepted streams */
        RateBucket accepted; /* of all */
};

/* Few connections at once are common. */
#define PEER_BURST_MIN 10

Admission *admission_new(const ConfigLimits *limits, MailboxGroup *workers) {
        Admission *a = calloc(1, sizeof(*a));

        if (!a)
                return NULL;

        a->limits = *limits;
        a->workers = workers;
        (void)pthread_mutex_init(&a->mutex, NULL); /* cannot fail without attributes */
        a->peers = limit_table_new();
        a->rates = rate_table_new();
        return a->peers && a->rates ? a : admission_free(a);
}

Admission *admission_free(Admission *a) {
        if (!a)
                return NULL;

        (void)limit_table_free(a->peers);
        (void)rate_table_free(a->rates);
        (void)pthread_mutex_destroy(&a->mutex);
        free(a);
        return NULL;
}

/* With new rates, all begin anew. */
void admission_change(Admission *a, const ConfigLimits *limits) {
        if (limits->connection_rate != a->limits.connection_rate)
                a->accepted = (RateBucket){ 0 };
        if (limits->connection_rate_per_peer != a->limits.connection_rate_per_peer)
                rate_table_clear(a->rates);
        a->limits = *limits;
}

bool admission_has_place(Admission *a) {
        return atomic_load(&a->n_streams) < a->limits.connections;
}

bool admission_take_place(Admission *a) {
        uint64_t n = atomic_load(&a->n_streams);

        do
                if (n >= a->limits.connections)
                        return false;
        while (!atomic_compare_exchange_weak(&a->n_streams, &n, n + 1));
        return true;
}

static Rate rate_of_all(const Admission *a) {
        return (Rate){ a->limits.connection_rate, a->limits.connection_rate };
}

uint64_t admission_left(Admission *a, uint64_t now_usec, uint64_t *ret_wait_usec) {
        uint64_t left;

        if (a->limits.connection_rate == 0)
                return UINT64_MAX;

        (void)pthread_mutex_lock(&a->mutex);
        left = rate_left(rate_of_all(a), &a->accepted, now_usec, ret_wait_usec);
        (void)pthread_mutex_unlock(&a->mutex);
        return left;
}

/* Takes nothing if the peer may not. */
static bool take_rate(Admission *a, const AddressKey *key, uint64_t now_usec) {
        const uint64_t per_second = a->limits.connection_rate_per_peer;
        const Rate rate = { per_second, MAX(per_second, (uint64_t)PEER_BURST_MIN) };

        if (per_second > 0) {
                RateBucket *b = rate_table_find(a->rates, key);

                if (rate_tokens(rate, b, now_usec) <= 0)
                        return false;
                rate_take(rate, b, 1, now_usec);
        }
        return true;
}

/* Peers are counted even without a limit: a reload may set one. */
static AdmissionVerdict take_peer(Admission *a, const AddressKey *key, uint64_t now_usec) {
        const uint64_t max = a->limits.connections_per_peer;
        int r = limit_table_take(a->peers, key, max > 0 ? (unsigned)max : UINT_MAX);

        if (r <= 0)
                return r == 0 ? ADMISSION_PEER_FULL : ADMISSION_NO_MEMORY;
        if (take_rate(a, key, now_usec))
                return ADMISSION_ADMITTED;

        limit_table_give(a->peers, key);
        return ADMISSION_PEER_FAST;
}

void admission_note_accepted(Admission *a, uint64_t now_usec) {
        if (a->limits.connection_rate == 0)
                return;

        (void)pthread_mutex_lock(&a->mutex);
        rate_take(rate_of_all(a), &a->accepted, 1, now_usec);
        (void)pthread_mutex_unlock(&a->mutex);
}

AdmissionVerdict admission_decide_client(Admission *a, const Address *client, uint64_t now_usec) {
        const AddressKey key = address_key(client);
        AdmissionVerdict v;

        (void)pthread_mutex_lock(&a->mutex);
        v = take_peer(a, &key, now_usec);
        (void)pthread_mutex_unlock(&a->mutex);
        return v;
}

AdmissionVerdict admission_decide(Admission *a, const Address *peer, uint64_t now_usec) {
        AdmissionVerdict v = admission_decide_client(a, peer, now_usec);

        if (v == ADMISSION_ADMITTED)
                admission_note_accepted(a, now_usec);
        return v;
}

void admission_format_reason(const Admission *a, AdmissionVerdict v,
                             char buf[static ADMISSION_REASON_MAX]) {
        const struct {
                const char *name;
                uint64_t max;
        } limits[] = {
                [ADMISSION_PEER_FULL] = { "connections_per_peer", a->limits.connections_per_peer },
                [ADMISSION_PEER_FAST] = { "connection_rate_per_peer",
                                          a->limits.connection_rate_per_peer },
                [ADMISSION_FULL] = { "connections", a->limits.connections },
                [ADMISSION_FAST] = { "connection_rate", a->limits.connection_rate },
        };

        if (v == ADMISSION_NO_MEMORY)
                (void)snprintf(buf, ADMISSION_REASON_MAX, "out of memory");
        else
                (void)snprintf(buf, ADMISSION_REASON_MAX, "limits.%s (%" PRIu64 ") reached",
                               limits[v].name, limits[v].max);
}

void admission_give_back(Admission *a, const Address *peer) {
        if (peer) {
                AddressKey key = address_key(peer);

                (void)pthread_mutex_lock(&a->mutex);
                limit_table_give(a->peers, &key);
                (void)pthread_mutex_unlock(&a->mutex);
        }
        if (atomic_fetch_sub(&a->n_streams, 1) >= a->limits.connections)
                mailbox_group_signal(a->workers, MAIL_ACCEPT);
}

uint64_t admission_streams(Admission *a) {
        return atomic_load(&a->n_streams);
}

uint64_t admission_next_id(Admission *a) {
        return atomic_fetch_add_explicit(&a->last_id, 1, memory_order_relaxed) + 1;
}

/* What TLS streams leave; a quarter, which is of the slack, at any rate. */
static int64_t partial_max(Admission *a) {
        const int64_t share = (int64_t)(a->limits.memory / SHARE_PARTIAL);

        return MAX(share - atomic_load(&a->tls), share / 4);
}

bool admission_add_partial(Admission *a, int64_t delta) {
        return atomic_fetch_add(&a->partial, delta) + delta > partial_max(a);
}

void admission_add_tls(Admission *a, int64_t delta) {
        atomic_fetch_add(&a->tls, delta);
}

uint64_t admission_tls_left(Admission *a, size_t size) {
        const int64_t left = (int64_t)(a->limits.memory / SHARE_PARTIAL) -
                             atomic_load(&a->partial) - atomic_load(&a->tls);

        return left > 0 ? (uint64_t)left / size : 0;
}

bool admission_partial_is_over(Admission *a) {
        return admission_add_partial(a, 0);
}

bool admission_holds_nothing(Admission *a) {
        return atomic_load(&a->partial) == 0 && atomic_load(&a->tls) == 0 &&
               atomic_load(&a->unsent) == 0;
}

bool admission_add_unsent(Admission *a, int64_t delta) {
        return atomic_fetch_add(&a->unsent, delta) + delta >
               (int64_t)(a->limits.memory / SHARE_UNSENT);
}
