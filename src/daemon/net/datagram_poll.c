/* SPDX-License-Identifier: MIT */
/* Rates are counted in windows; what starts to poll is far above what ends it. */

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
