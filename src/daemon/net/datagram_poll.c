/* SPDX-License-Identifier: MIT */
/* The rate is counted in windows; it takes a far higher one to start polling than to continue. */

#include "daemon/net/datagram_poll.h"

#include "core/macro.h"

#define WINDOW_USEC (10 * USEC_PER_MSEC)
#define START_PER_WINDOW 500
#define STOP_PER_WINDOW 250

bool datagram_poll_note(DatagramPoll *p, unsigned n, uint64_t now_usec, bool may) {
        bool wanted;

        p->n_window += n;
        if (now_usec < p->window_usec + WINDOW_USEC)
                return p->polled;

        if (p->polled)
                wanted = p->n_window >= STOP_PER_WINDOW;
        else
                wanted = may && p->n_window >= START_PER_WINDOW &&
                         now_usec < p->window_usec + 2 * WINDOW_USEC;
        p->window_usec = now_usec;
        p->n_window = 0;
        return wanted;
}
