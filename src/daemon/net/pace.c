/* SPDX-License-Identifier: MIT */
/* A locked table, used once or twice per read. */

#include "daemon/net/pace.h"

#include "config/config.h"
#include "core/episode.h"
#include "core/macro.h"
#include "core/rate_table.h"
#include "daemon/base/log.h"
#include <inttypes.h>
#include <pthread.h>

/* Quiet time after which holding back counts as over; so it is also logged that rarely. */
#define QUIET_USEC (10 * USEC_PER_SEC)

struct Pace {
        Rate rate; /* per_second 0: no limit; changes while no worker runs */
        pthread_mutex_t mutex;
        RateTable *peers; /* under the mutex */
        Episode holding;
        _Atomic uint64_t held_usec; /* of all episodes, as the next */
        _Atomic uint64_t n_refused;
        _Atomic uint64_t held_told_usec; /* logged so far */
};

static Rate rate_of(const ConfigLimits *limits) {
        return (Rate){ limits->message_rate_per_peer, limits->message_rate_per_peer };
}

Pace *pace_new(const ConfigLimits *limits) {
        Pace *p = calloc(1, sizeof(*p));

        if (!p)
                return NULL;

        (void)pthread_mutex_init(&p->mutex, NULL); /* cannot fail without attributes */
        p->rate = rate_of(limits);
        p->peers = rate_table_new();
        return p->peers ? p : pace_free(p);
}

Pace *pace_free(Pace *p) {
        if (!p)
                return NULL;

        (void)rate_table_free(p->peers);
        (void)pthread_mutex_destroy(&p->mutex);
        free(p);
        return NULL;
}

void pace_change(Pace *p, const ConfigLimits *limits) {
        const Rate rate = rate_of(limits);

        if (rate.per_second == p->rate.per_second)
                return;

        p->rate = rate;
        rate_table_clear(p->peers);
}

bool pace_is_limited(const Pace *p) {
        return p->rate.per_second > 0;
}

static void begin_holding(Pace *p, const Address *peer, uint64_t now_usec) {
        char text[ADDRESS_TEXT_MAX];

        if (!episode_sign(&p->holding, now_usec))
                return;

        (void)address_format_host(peer, text);
        (void)log_event(EVENT_HOLDING_BACK, NULL, LOG_WARNING, 0,
                        "begins to hold back %s (limits.message_rate_per_peer, %" PRIu64 ")", text,
                        p->rate.per_second);
}

uint64_t pace_left(Pace *p, const Address *peer, uint64_t now_usec, uint64_t *ret_wait_usec) {
        const AddressKey key = address_key(peer);
        uint64_t left;

        (void)pthread_mutex_lock(&p->mutex);
        left = rate_left(p->rate, rate_table_find(p->peers, &key), now_usec, ret_wait_usec);
        (void)pthread_mutex_unlock(&p->mutex);
        if (left == 0)
                begin_holding(p, peer, now_usec);
        return left;
}

void pace_take(Pace *p, const Address *peer, uint64_t n, uint64_t now_usec) {
        const AddressKey key = address_key(peer);

        (void)pthread_mutex_lock(&p->mutex);
        rate_take(p->rate, rate_table_find(p->peers, &key), n, now_usec);
        (void)pthread_mutex_unlock(&p->mutex);
}

void pace_note_held(Pace *p, uint64_t usec) {
        atomic_fetch_add(&p->held_usec, usec);
}

void pace_note_refused(Pace *p, const Address *peer, uint64_t now_usec) {
        begin_holding(p, peer, now_usec);
        atomic_fetch_add(&p->n_refused, 1);
}

bool pace_report(Pace *p, uint64_t now_usec) {
        uint64_t n, held;

        if (!episode_ends(&p->holding, atomic_load(&p->n_refused), now_usec, QUIET_USEC, &n))
                return episode_lasts(&p->holding);

        held = atomic_load(&p->held_usec);
        held -= atomic_exchange(&p->held_told_usec, held);
        (void)log_event(EVENT_HELD_BACK, NULL, LOG_NOTICE, 0,
                        "no peer is held back any more: held back for %" PRIu64
                        " s in all, 0 lost, %" PRIu64 " datagrams refused",
                        held / USEC_PER_SEC, n);
        return false;
}
