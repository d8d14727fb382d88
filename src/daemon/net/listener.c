/* SPDX-License-Identifier: MIT */
/* The settings, the log of lost datagrams, the final counters. */

#include "daemon/net/listener.h"

#include "config/config.h"
#include "core/clock.h"
#include "core/macro.h"
#include "daemon/net/access.h"
#include "daemon/net/listener_socket.h"
#include "daemon/net/listener_tls.h"
#include <inttypes.h>

/* Quiet time after which drops count as over; so they are also logged that rarely. */
#define QUIET_USEC (10 * USEC_PER_SEC)

Listener *listener_new(void) {
        return calloc(1, sizeof(Listener));
}

static void free_config(ConfigListener *c) {
        if (c)
                config_listener_done(c);
        free(c);
}

Listener *listener_free(Listener *l) {
        if (!l)
                return NULL;

        while (l->sockets) {
                ListenerSocket *s = l->sockets;

                l->sockets = s->next;
                (void)listener_socket_free(s);
        }
        free_config(l->config);
        (void)access_free(l->access);
        (void)listener_tls_unref(l->tls);
        free(l);
        return NULL;
}

static void report_losing(Listener *l, uint64_t now_usec, uint64_t quiet_usec) {
        const char *name = l->config->name;
        uint64_t n;
        EpisodeTurn turn = episode_look(&l->losing, counter_read(&l->stats.kernel_drops), now_usec,
                                        quiet_usec, &n);

        if (turn == EPISODE_BEGINS)
                (void)log_event(EVENT_DATAGRAMS_LOST, name, LOG_WARNING, 0,
                                "listener %s: the kernel drops datagrams because the receive "
                                "buffer is full",
                                name);
        else if (turn == EPISODE_ENDS)
                (void)log_event(EVENT_DATAGRAMS_KEPT, name, LOG_NOTICE, 0,
                                "listener %s: the kernel has stopped dropping datagrams, %" PRIu64
                                " were lost",
                                name, n);
}

bool listener_report_changes(Listener *l, uint64_t now_usec) {
        report_losing(l, now_usec, QUIET_USEC);
        return episode_lasts(&l->losing);
}

void listener_log_account(Listener *l) {
        const StatsAccount a = stats_read(&l->stats);
        uint64_t now = clock_monotonic();

        /* The first call may count more drops, the second one ends the fault. */
        report_losing(l, now, 0);
        report_losing(l, now, 0);
        log_info("listener %s: %" PRIu64 " received, %" PRIu64 " recorded, %" PRIu64
                 " refused, %" PRIu64 " failed, %" PRIu64 " waiting, %" PRIu64
                 " truncated, %" PRIu64 " bad frames, %" PRIu64 " lost in the kernel",
                 l->config->name, a.received, a.recorded, a.refused, a.failed, a.waiting,
                 a.truncated, a.bad_frames, a.kernel_drops);
}

void listener_configure(Listener *l, ConfigListener *config, Access *access, TlsContext *tls,
                        const Receipt *receipt) {
        free_config(l->config);
        (void)access_free(l->access);
        (void)listener_tls_unref(l->tls);
        l->config = config;
        l->access = access;
        l->tls = tls;
        l->expiry_told_usec = 0;
        l->receipt = receipt;
}

void listener_note_denied(Listener *l, Counter *counter, const Address *peer, const char *why,
                          uint64_t now_usec) {
        char text[ADDRESS_TEXT_MAX];

        counter_add(counter, 1);
        (void)address_format(peer, text);
        log_event_limited(&l->denied_rate, now_usec, EVENT_PEER_DENIED, l->config->name,
                          LOG_WARNING, 0, "listener %s: %s %s, denied", l->config->name, text, why);
}

void listener_note_rejected(Listener *l, const Address *peer, const char *reason,
                            uint64_t now_usec) {
        char text[ADDRESS_TEXT_MAX];

        counter_add(&l->stats.connections_refused, 1);
        (void)address_format(peer, text);
        log_event_limited(&l->refused_rate, now_usec, EVENT_PEER_REFUSED, l->config->name,
                          LOG_WARNING, 0, "listener %s: %s: %s, connection rejected",
                          l->config->name, text, reason);
}
