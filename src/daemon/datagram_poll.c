/* SPDX-License-Identifier: MIT */
/* Rates are counted in windows; what starts to poll is far above what ends it. */

#include "daemon/datagram_poll.h"

#include "core/clock.h"
#include "core/macro.h"
#include "daemon/datagram.h"
#include "daemon/listener.h"
#include "daemon/listener_socket.h"
#include "daemon/worker.h"

#define WINDOW_USEC (10 * USEC_PER_MSEC)
#define START_PER_WINDOW 500
#define STOP_PER_WINDOW 250
#define POLL_USEC USEC_PER_MSEC
/* Holds what arrives between two looks even if one comes late. */
#define RECEIVE_BUFFER_MIN (1024 * 1024)

static void set_polled(Datagram *d, bool polled) {
        Worker *w = d->worker;

        if (d->polled == polled)
                return;

        d->polled = polled;
        /* Cannot fail for a descriptor that is being polled. */
        (void)poller_change(w->epoll_fd, d->origin->fd, polled ? 0 : EPOLLIN, &d->source);
        if (polled && w->polls.n++ == 0)
                w->polls.usec = w->now_usec + POLL_USEC;
        else if (!polled)
                w->polls.n--;
}

void datagram_poll_note(Datagram *d, unsigned n) {
        uint64_t now = d->worker->now_usec;

        d->n_window += n;
        if (now < d->window_usec + WINDOW_USEC)
                return;

        if (d->polled)
                set_polled(d, d->n_window >= STOP_PER_WINDOW);
        else
                set_polled(d, d->n_window >= START_PER_WINDOW && !d->origin->listener->receipt &&
                                      now < d->window_usec + 2 * WINDOW_USEC &&
                                      d->receive_buffer >= RECEIVE_BUFFER_MIN);
        d->window_usec = now;
        d->n_window = 0;
}

void datagram_poll_all(Worker *w) {
        if (w->polls.n == 0 || w->now_usec < w->polls.usec || w->intake.full)
                return;

        w->polls.usec = w->now_usec + POLL_USEC;
        for (Datagram *d = w->datagrams; d; d = d->next) {
                unsigned n = d->polled ? datagram_receive(d) : 0;

                if (n == DATAGRAM_RECEIVE_MAX)
                        w->polls.usec = w->now_usec; /* there is more */
                if (d->polled)
                        datagram_poll_note(d, n);
        }
}

void datagram_poll_stop(Datagram *d) {
        set_polled(d, false);
}

int datagram_poll_timeout(const Worker *w, int timeout) {
        int poll;

        if (w->polls.n == 0)
                return timeout;

        poll = clock_timeout_msec(w->polls.usec, w->now_usec);
        return timeout < 0 ? poll : MIN(timeout, poll);
}
