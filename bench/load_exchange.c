/* SPDX-License-Identifier: MIT */
/* Request and reply: on open connections, or on one connection for each message. */

#include "bench/load.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_MAX 64
#define PING_TIMEOUT_MSEC 10000
#define PINGS_A_SECOND 500
/* So many ports wait in TIME_WAIT that one source address would not do. */
#define SOURCE_ADDRESSES 200

static void send_next(Load *l, Lane *lane) {
        if (lane->sealed) {
                if (send(lane->fd, lane->sealed, lane->n_sealed, MSG_NOSIGNAL) !=
                    (ssize_t)lane->n_sealed)
                        load_die("send");
                return;
        }
        numbered_make(l->message, l->options.size, lane->number, lane->n_sent++);
        l->message[l->options.size - 1] = '\n';
        if (send(lane->fd, l->message, l->options.size, MSG_NOSIGNAL) != (ssize_t)l->options.size)
                load_die("send");
}

void load_exchange(Load *l) {
        struct epoll_event events[EVENTS_MAX];
        unsigned n_open = l->options.n_lanes;
        int n;

        load_connect_all(l, SOCK_STREAM);
        load_begin(l);
        for (unsigned i = 0; i < l->options.n_lanes; i++) {
                Lane *lane = &l->lanes[i];

                load_poll(l, EPOLL_CTL_ADD, lane, EPOLLIN);
                lane->start_nsec = load_now();
                send_next(l, lane);
        }
        while (n_open > 0 && (n = load_wait(l, events, EVENTS_MAX)) > 0)
                for (int i = 0; i < n; i++) {
                        Lane *lane = events[i].data.ptr;
                        int r = load_read_receipts(l, lane);

                        if (r == 0)
                                continue;
                        if (r < 0)
                                load_die("closed by the server");
                        histogram_add(l->latency, l->end_nsec - lane->start_nsec);
                        if (lane->n_sent < lane->n_messages) {
                                lane->start_nsec = load_now();
                                send_next(l, lane);
                        } else {
                                (void)close(lane->fd);
                                n_open--;
                        }
                }
}

void load_open(Load *l, Lane *lane) {
        const int on = 1;
        struct sockaddr_in from = { .sin_family = AF_INET };

        lane->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (lane->fd < 0)
                load_die("socket");

        from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)(lane->n_sent % SOURCE_ADDRESSES));
        (void)setsockopt(lane->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
        if (bind(lane->fd, (struct sockaddr *)&from, sizeof(from)) < 0)
                load_die("bind");
        lane->start_nsec = load_now();
        lane->in_line = false;
        if (place_connect(&l->options.to, lane->fd) < 0 && errno != EINPROGRESS)
                load_die("connect");
        load_poll(l, EPOLL_CTL_ADD, lane, EPOLLOUT);
}

/* Returns whether the exchange is over. */
static bool serve_short(Load *l, Lane *lane, uint32_t events) {
        if (events & EPOLLOUT) {
                send_next(l, lane);
                if (!l->options.receipts) {
                        l->end_nsec = load_now();
                        return true;
                }
                load_poll(l, EPOLL_CTL_MOD, lane, EPOLLIN);
                return false;
        }
        switch (load_read_receipts(l, lane)) {
        case 0:
                return false;
        case -1:
                errno = ECONNRESET;
                load_die("closed before the receipt");
        default:
                histogram_add(l->latency, l->end_nsec - lane->start_nsec);
                return true;
        }
}

void load_short(Load *l) {
        struct epoll_event events[EVENTS_MAX];
        unsigned n_open = l->options.n_lanes;
        int n;

        load_begin(l);
        for (unsigned i = 0; i < l->options.n_lanes; i++)
                load_open(l, &l->lanes[i]);
        while (n_open > 0 && (n = load_wait(l, events, EVENTS_MAX)) > 0)
                for (int i = 0; i < n; i++) {
                        Lane *lane = events[i].data.ptr;

                        if (!serve_short(l, lane, events[i].events))
                                continue;
                        (void)close(lane->fd);
                        if (lane->n_sent < lane->n_messages)
                                load_open(l, lane);
                        else
                                n_open--;
                }
}

void load_idle(Load *l) {
        struct epoll_event events[EVENTS_MAX];
        uint64_t n_awaited = l->options.receipts ? l->options.n_lanes : 0;
        int n;

        l->stays_open = true;
        l->connect_all(l);
        load_begin(l);
        for (unsigned i = 0; i < l->options.n_lanes; i++) {
                load_poll(l, EPOLL_CTL_ADD, &l->lanes[i], EPOLLIN);
                send_next(l, &l->lanes[i]);
        }
        while (l->n_receipts < n_awaited && (n = load_wait(l, events, EVENTS_MAX)) > 0)
                for (int i = 0; i < n; i++)
                        if (load_read_receipts(l, events[i].data.ptr) < 0)
                                load_die("closed by the server");
}

/* Until stdin ends. A message that is late is not followed by another at once. */
void load_ping(Load *l) {
        Lane *lane = l->lanes;
        struct pollfd stop = { .fd = STDIN_FILENO, .events = POLLIN };
        const uint64_t rate = l->options.rate > 0 ? l->options.rate : PINGS_A_SECOND;
        const struct timespec pause = { .tv_nsec = (long)(NSEC_PER_SEC / rate) };

        load_connect_all(l, SOCK_STREAM);
        load_begin(l);
        while (poll(&stop, 1, 0) == 0) {
                struct pollfd answer = { .fd = lane->fd, .events = POLLIN };

                lane->start_nsec = load_now();
                send_next(l, lane);
                if (poll(&answer, 1, PING_TIMEOUT_MSEC) < 1 || load_read_receipts(l, lane) != 1)
                        load_die("no answer");
                histogram_add(l->latency, l->end_nsec - lane->start_nsec);
                (void)nanosleep(&pause, NULL);
        }
        l->options.n_messages = lane->n_sent;
}
