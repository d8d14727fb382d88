/* SPDX-License-Identifier: MIT */
/*
 * Pipelined: every connection sends as fast as it is read. Nothing but a count of bytes is kept for
 * a connection: what comes next is made anew from it.
 */

#include "bench/load.h"
#include <errno.h>
#include <unistd.h>

#define CHUNK_SIZE 65536
#define EVENTS_MAX 64

/* What the lane sends next; made in SCRATCH, unless it is there already. */
static size_t make_chunk(Load *l, const Lane *lane, const char **ret) {
        const size_t size = l->options.size;
        uint64_t first = lane->n_bytes / size, left = lane->n_messages - first;
        size_t n = CHUNK_SIZE / size > 0 ? CHUNK_SIZE / size : 1;
        char *p = l->scratch;

        if (lane->sealed) {
                *ret = lane->sealed + lane->n_bytes;
                n = lane->n_sealed - (size_t)lane->n_bytes;
                return n < CHUNK_SIZE ? n : CHUNK_SIZE;
        }
        if (n > left)
                n = (size_t)left;
        numbered_make(l->message, size, lane->number, first);
        l->message[size - 1] = '\n';
        for (size_t i = 0; i < n; i++, p += size) {
                memcpy(p, l->message, size);
                numbered_next(l->message);
        }
        *ret = l->scratch + lane->n_bytes % size;
        return (size_t)(p - *ret);
}

static bool all_sent(const Load *l, const Lane *lane) {
        return lane->n_bytes ==
               (lane->sealed ? lane->n_sealed : lane->n_messages * l->options.size);
}

static void send_some(Load *l, Lane *lane) {
        const char *p;
        size_t n = make_chunk(l, lane, &p);
        ssize_t sent = send(lane->fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (sent < 0 && errno != EAGAIN && errno != EINTR)
                load_die("send");
        if (sent > 0)
                lane->n_bytes += (uint64_t)sent;
        if (all_sent(l, lane)) {
                (void)shutdown(lane->fd, SHUT_WR);
                load_poll(l, EPOLL_CTL_MOD, lane, EPOLLIN);
        }
}

/* Returns whether the lane is done: all is sent, and the peer has closed. */
static bool serve(Load *l, Lane *lane, uint32_t events) {
        if (events & (EPOLLIN | EPOLLHUP | EPOLLERR) && load_read_receipts(l, lane) < 0) {
                (void)close(lane->fd);
                lane->fd = -1;
                return true;
        }
        if (events & EPOLLOUT && !all_sent(l, lane))
                send_some(l, lane);
        return false;
}

void load_stream(Load *l) {
        struct epoll_event events[EVENTS_MAX];
        unsigned n_open = l->options.n_lanes;
        int n;

        l->connect_all(l);
        for (unsigned i = 0; i < l->options.n_lanes; i++)
                load_poll(l, EPOLL_CTL_ADD, &l->lanes[i], EPOLLIN | EPOLLOUT);
        load_begin(l);
        while (n_open > 0 && (n = load_wait(l, events, EVENTS_MAX)) > 0)
                for (int i = 0; i < n; i++)
                        n_open -= serve(l, events[i].data.ptr, events[i].events);
}
