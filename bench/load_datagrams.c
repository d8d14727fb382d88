/* SPDX-License-Identifier: MIT */
/* From several sockets, in small bursts; paced by the clock, without sleeping. */

#include "bench/load.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#define BURST 16

typedef struct Burst {
        struct mmsghdr headers[BURST];
        struct iovec iov[BURST];
        char *text; /* BURST messages */
} Burst;

/* A full Unix socket holds its senders back. */
static void limit_wait(const Load *l, int fd) {
        uint64_t left = l->options.deadline_nsec - load_now();
        struct timeval t = { .tv_sec = (time_t)(left / NSEC_PER_SEC) + 1 };

        if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t)) < 0)
                load_die("setsockopt");
}

static void prepare(Load *l, Burst *b) {
        *b = (Burst){ .text = malloc(BURST * l->options.size) };
        if (!b->text)
                load_die("start");

        for (unsigned i = 0; i < BURST; i++) {
                b->iov[i] = (struct iovec){ b->text + i * l->options.size, l->options.size };
                b->headers[i].msg_hdr = (struct msghdr){ .msg_iov = &b->iov[i], .msg_iovlen = 1 };
        }
        load_connect_all(l, SOCK_DGRAM);
        for (unsigned i = 0; i < l->options.n_lanes; i++)
                limit_wait(l, l->lanes[i].fd);
}

static void send_burst(Load *l, Burst *b, Lane *lane) {
        uint64_t left = lane->n_messages - lane->n_sent;
        unsigned n = left < BURST ? (unsigned)left : BURST;

        numbered_make(l->message, l->options.size, lane->number, lane->n_sent);
        for (unsigned i = 0; i < n; i++) {
                memcpy(b->iov[i].iov_base, l->message, l->options.size);
                numbered_next(l->message);
        }
        for (unsigned done = 0; done < n;) {
                int r = sendmmsg(lane->fd, b->headers + done, n - done, 0);

                if (r < 0 && errno == EAGAIN)
                        return; /* the deadline has passed */
                if (r < 0)
                        load_die("send");
                done += (unsigned)r;
        }
        lane->n_sent += n;
}

/* Until the burst that brings it to N_SENT is due. */
static void wait_until_due(const Load *l, uint64_t n_sent) {
        uint64_t due = l->start_nsec;

        if (l->options.rate > 0)
                due += (uint64_t)((double)n_sent * (double)NSEC_PER_SEC / (double)l->options.rate);
        while (load_now() < due)
                ; /* a sleep would be too coarse */
}

void load_datagrams(Load *l) {
        uint64_t n_sent = 0;
        Burst b;

        prepare(l, &b);
        load_begin(l);
        for (unsigned i = 0; n_sent < l->options.n_messages; i++) {
                Lane *lane = &l->lanes[i % l->options.n_lanes];
                uint64_t before = lane->n_sent;

                wait_until_due(l, n_sent);
                if (load_now() >= l->options.deadline_nsec) {
                        l->timed_out = true;
                        break;
                }
                send_burst(l, &b, lane);
                n_sent += lane->n_sent - before;
        }
        l->end_nsec = load_now();
        free(b.text);
}
