/* SPDX-License-Identifier: MIT */
/* The UDP sockets of one worker, with what they share. Owned by the worker; touched by its thread only. */
#pragma once

#include "core/timer.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Datagram Datagram;
typedef struct DatagramBatch DatagramBatch;
typedef struct Datagrams Datagrams;
typedef struct Intake Intake;
typedef struct ListenerSocket ListenerSocket;
typedef struct Loop Loop;
typedef struct Peers Peers;
typedef struct PortSet PortSet;

struct Datagrams {
        Loop *loop; /* borrowed, as the next three */
        Intake *intake;
        Peers *peers;
        const PortSet *own_ports; /* of all UDP listeners: never answered */
        Datagram *first;
        DatagramBatch *batch; /* NULL while there are no sockets */
        Timer drops_timer;    /* for the next look at what the kernel dropped */
        unsigned n_polled;    /* sockets that are polled (datagram_poll.h) … */
        uint64_t poll_usec;   /* … and when they are looked at next */
        size_t n_leaving;     /* sockets that are */
        size_t message_size;  /* limits.message_size */
};

/* Everything is borrowed. NULL: out of memory. */
Datagrams *datagrams_new(Loop *loop, Intake *intake, Peers *peers, const PortSet *own_ports);
Datagrams *datagrams_free(Datagrams *a);

/* Serves S from now on, while the thread does not run or in it. Returns 0 or negative errno. */
int datagrams_add(Datagrams *a, ListenerSocket *s);

/* TIMEOUT of epoll_wait(2), made shorter when polled sockets want to be looked at earlier. */
int datagrams_timeout(const Datagrams *a, int timeout);
/* Looks at the polled sockets when it is time. */
void datagrams_poll(Datagrams *a);

/* After a reload: sockets whose listener is gone leave, by datagrams_leave(). */
void datagrams_reconfigure(Datagrams *a);
/* At the end of each wake-up while n_leaving > 0. */
void datagrams_leave(Datagrams *a);
/* The worker stops: takes in what is queued, as far as outputs have room; true: all of it. */
bool datagrams_drain(Datagrams *a);
