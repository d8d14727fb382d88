/* SPDX-License-Identifier: MIT */
/*
 * A socket of a listener: a listening TCP socket that one worker accepts from, or a UDP socket that
 * one worker serves as a Datagram. Opened by us, or passed by the service manager.
 *
 *   serving ──► leaving (no listener wants it any more) ──► closed (waits for its last stream)
 */
#pragma once

#include "config/config.h"
#include "core/timer.h"
#include "daemon/poller.h"
#include <stdatomic.h>

typedef struct Listener Listener;
typedef struct ListenerSocket ListenerSocket;
typedef struct Worker Worker;

struct ListenerSocket {
        Source source;               /* first: the poller knows only this */
        ListenerSocket *next;        /* of the same listener */
        ListenerSocket *next_served; /* of the same worker */
        Listener *listener;          /* its owner; NULL while none has it */
        Worker *worker;              /* NULL: not served */
        char *name;                  /* in the service manager's words; owned */
        Address local;
        Protocol protocol;
        int fd;       /* owned; -EBADF: closed */
        bool by_unit; /* a socket unit decided about its address */
        bool held;    /* the service manager holds it too: nothing in it is lost when we go */
        bool leaving; /* written while no worker runs */
        bool polled;
        Timer pause;           /* out of descriptors or memory: not polled until then */
        atomic_uint n_streams; /* that came from it and exist, or are on their way to a worker */
};

/* Takes FD and NAME (from malloc), on success only. NULL: out of memory. */
ListenerSocket *listener_socket_new(Protocol protocol, int fd, const Address *local, char *name);
ListenerSocket *listener_socket_free(ListenerSocket *s);

/*
 * Starts to serve it in W, whose thread does not run or is the caller's. Returns 0 or negative
 * errno.
 */
int listener_socket_serve(ListenerSocket *s, Worker *w);
/* Polls it, unless it pauses or the server has no place for one more stream. */
void listener_socket_update(ListenerSocket *s);
/* Closes one that was accepted and cannot become a stream. From any worker. */
void listener_socket_reject(ListenerSocket *s, int fd, const Address *peer);
/* Takes what waits to be accepted, unless the service manager keeps it, and stops listening. */
void listener_socket_stop(ListenerSocket *s);
/* The same for one that is leaving: takes all that waits. Out of the worker's list. */
void listener_socket_leave(ListenerSocket *s);

/* Nothing refers to a socket that has left. */
static inline bool listener_socket_is_unused(ListenerSocket *s) {
        return s->leaving && s->fd < 0 && atomic_load(&s->n_streams) == 0;
}
