/* SPDX-License-Identifier: MIT */
/* The UDP sockets of a worker and what they share. Owned by it, used by its thread only. */
#pragma once

#include "core/timer.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Datagram Datagram;
typedef struct DatagramBatch DatagramBatch;
typedef struct Datagrams Datagrams;
typedef struct Intakes Intakes;
typedef struct ListenerSocket ListenerSocket;
typedef struct Loop Loop;
typedef struct Pace Pace;
typedef struct Peers Peers;
typedef struct PortSet PortSet;

struct Datagrams {
        Loop *loop; /* borrowed, as the next four */
        const Intakes *intakes;
        Pace *pace;
        Peers *peers;
        const PortSet *own_ports; /* of all UDP listeners: never replied to */
        Datagram *first;
        DatagramBatch *batch; /* NULL while there are no sockets */
        Timer drops_timer;    /* for the next check of kernel drops */
        unsigned n_polled;    /* sockets that are polled (datagram_poll.h) … */
        uint64_t poll_usec;   /* … and the time of the next poll */
        size_t n_leaving;     /* sockets that are leaving */
        size_t message_size;  /* limits.message_size */
};

/* Everything is borrowed. NULL: out of memory. */
Datagrams *datagrams_new(Loop *loop, const Intakes *intakes, Pace *pace, Peers *peers,
                         const PortSet *own_ports);
Datagrams *datagrams_free(Datagrams *a);

/* Serves S from now on. In the thread, or before that runs. Returns 0 or negative errno. */
int datagrams_add(Datagrams *a, ListenerSocket *s);

/* Returns TIMEOUT (of epoll_wait(2)), or less if sockets are to be polled earlier. */
int datagrams_timeout(const Datagrams *a, int timeout);
/* Polls the sockets when it is time. */
void datagrams_poll(Datagrams *a);

/* After a reload: sockets without a listener leave (datagrams_leave()). */
void datagrams_reconfigure(Datagrams *a);
/* At the end of each wake-up while n_leaving > 0. */
void datagrams_leave(Datagrams *a);
/* The worker stops: receives what is queued, as far as there is room. Returns true when done. */
bool datagrams_drain(Datagrams *a);
