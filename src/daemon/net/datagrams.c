/* SPDX-License-Identifier: MIT */
/* Operations on all UDP sockets of a worker. */

#include "daemon/net/datagrams.h"

#include "core/clock.h"
#include "core/macro.h"
#include "daemon/intake/intake.h"
#include "daemon/net/datagram.h"
#include "daemon/net/datagram_queue.h"
#include "daemon/net/listener.h"
#include "daemon/net/listener_socket.h"
#include "daemon/net/pace.h"
#include "daemon/net/socket.h"
#include <errno.h>

/* Runs again when datagrams arrive, or while some are lost. */
static void on_drops_timer(Timer *t) {
        Datagrams *a = CONTAINER_OF(t, Datagrams, drops_timer);
        bool goes_on = pace_report(a->pace, a->loop->now_usec);

        for (Datagram *d = a->first; d; d = d->next) {
                datagram_queue_note_drops(d);
                goes_on |= listener_report_changes(d->origin->listener, a->loop->now_usec);
        }
        if (goes_on)
                datagram_queue_expect_drops(a);
}

Datagrams *datagrams_new(Loop *loop, const Intakes *intakes, Pace *pace, Peers *peers,
                         const PortSet *own_ports) {
        Datagrams *a = calloc(1, sizeof(*a));

        if (!a)
                return NULL;

        a->loop = loop;
        a->intakes = intakes;
        a->pace = pace;
        a->peers = peers;
        a->own_ports = own_ports;
        a->drops_timer.on_timer = on_drops_timer;
        return a;
}

Datagrams *datagrams_free(Datagrams *a) {
        if (!a)
                return NULL;

        while (a->first) {
                Datagram *d = a->first;

                a->first = d->next;
                (void)datagram_free(d);
        }
        a->batch = datagram_batch_free(a->batch);
        free(a);
        return NULL;
}

int datagrams_add(Datagrams *a, ListenerSocket *s) {
        Datagram *d = NULL; /* gcc 13 takes it for uninitialized */
        int r;

        if (!a->batch)
                a->batch = datagram_batch_new();
        if (!a->batch)
                return -ENOMEM;

        r = datagram_new(a, s, &d);
        if (r < 0)
                return r;

        s->served = true;
        d->next = a->first;
        a->first = d;
        datagram_queue_expect_drops(a); /* the kernel may have dropped some already */
        return 0;
}

int datagrams_timeout(const Datagrams *a, int timeout) {
        int poll;

        if (a->n_polled == 0)
                return timeout;

        poll = clock_timeout_msec(a->poll_usec, a->loop->now_usec);
        return timeout < 0 ? poll : MIN(timeout, poll);
}

void datagrams_poll(Datagrams *a) {
        if (a->n_polled == 0 || a->loop->now_usec < a->poll_usec)
                return;

        a->poll_usec = a->loop->now_usec + DATAGRAM_POLL_USEC;
        for (Datagram *d = a->first; d; d = d->next)
                if (d->poll.polled && !d->intake->full &&
                    datagram_receive(d) == DATAGRAM_RECEIVE_MAX)
                        a->poll_usec = a->loop->now_usec; /* there is more */
}

void datagrams_reconfigure(Datagrams *a) {
        a->n_leaving = 0;
        for (Datagram *d = a->first; d; d = d->next) {
                datagram_reconfigure(d);
                if (!d->origin->leaving)
                        continue;

                /* What it has is read next, but receipts may keep it open for a while. */
                socket_end_input(d->origin->fd, &d->origin->at);
                a->n_leaving++;
        }
        if (a->n_leaving > 0)
                datagrams_leave(a);
}

/* The socket itself is freed with its listener. */
static void free_left(Datagram *d) {
        ListenerSocket *origin = d->origin;

        (void)datagram_free(d);
        closep(&origin->fd);
        origin->fd = -EBADF;
}

void datagrams_leave(Datagrams *a) {
        a->n_leaving = 0;
        for (Datagram **p = &a->first; *p;) {
                Datagram *d = *p;

                if (!d->origin->leaving || !datagram_drain(d) || d->addressee.n_pending > 0) {
                        a->n_leaving += d->origin->leaving;
                        p = &d->next;
                        continue;
                }
                *p = d->next;
                free_left(d);
        }
}

bool datagrams_drain(Datagrams *a) {
        bool done = true;

        for (Datagram *d = a->first; d; d = d->next)
                done = datagram_drain(d) && done;
        return done;
}
