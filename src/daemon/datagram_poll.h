/* SPDX-License-Identifier: MIT */
/*
 * Polling instead of wake-ups: when datagrams that nobody waits for come fast, waking up for every
 * few of them costs more than they do. Their socket is then looked at once in a while, which its
 * receive buffer outlasts many times over.
 */
#pragma once

#include <stdint.h>

typedef struct Datagram Datagram;
typedef struct Worker Worker;

/* Of one worker. */
typedef struct DatagramPolls {
        unsigned n;    /* sockets that are polled */
        uint64_t usec; /* when they are looked at next */
} DatagramPolls;

/* N datagrams were taken in: decides how the socket is served from now on. */
void datagram_poll_note(Datagram *d, unsigned n);
/* Looks at the polled sockets of the worker when it is time. */
void datagram_poll_all(Worker *w);
/* The socket is not served any more. */
void datagram_poll_stop(Datagram *d);
/* TIMEOUT of epoll_wait, made shorter when polled sockets want to be looked at earlier. */
int datagram_poll_timeout(const Worker *w, int timeout);
