/* SPDX-License-Identifier: MIT */
/*
 * A socket of a listener: one that a worker accepts connections from (acceptor.h), or one for datagrams
 * that a worker serves (datagram.h). Opened by us, or passed by the service manager.
 *
 *   serving ──► leaving (no listener wants it any more) ──► closed (waits for its last stream)
 *
 * With connections: a socket that leaves its port to another one stays for a second, for connections that are
 * being established through it; new ones go to the other socket.
 */
#pragma once

#include "core/endpoint.h"
#include "daemon/loop/loop.h"
#include <stdatomic.h>

typedef struct Acceptor Acceptor;
typedef struct Listener Listener;
typedef struct ListenerSocket ListenerSocket;

/* As many groups as a listener may have. */
#define MEMBERSHIPS_MAX 64

/* One for each of the listener's groups, at the same place: membership.h. */
typedef struct Memberships {
        uint64_t joined;                 /* a bit for each */
        uint32_t index[MEMBERSHIPS_MAX]; /* the interface; 0: the route decides */
} Memberships;

struct ListenerSocket {
        Source source;               /* first: the loop knows only this */
        ListenerSocket *next;        /* next socket of the listener */
        ListenerSocket *next_served; /* next socket of the acceptor */
        Listener *listener;          /* its owner; NULL: not assigned */
        Acceptor *acceptor;          /* with connections, once served */
        char *name;                  /* FileDescriptorName=; owned */
        Endpoint at;                 /* where it is bound */
        uint32_t device;             /* the interface it is bound to; 0: any */
        Memberships memberships;     /* udp */
        int fd;                      /* owned; -EBADF: closed */
        bool by_unit;                /* its address comes from a socket unit */
        bool stored;           /* the service manager has it too: what it holds survives sockd */
        bool served;           /* by a worker */
        bool leaving;          /* written while no worker runs, as the next */
        bool replaced;         /* leaving: another socket has the port */
        bool polled;           /* the loop waits for connections */
        Timer pause;           /* it could not accept: not polled while set */
        Timer leave;           /* leaving and replaced: it is closed then */
        unsigned n_broken;     /* errors of single connections in a row */
        atomic_uint n_streams; /* that came from it, including those on their way to a worker */
};

/* Takes FD and NAME (malloc(3)), on success only. NULL: out of memory. */
ListenerSocket *listener_socket_new(const Endpoint *at, int fd, char *name);
ListenerSocket *listener_socket_free(ListenerSocket *s);

/* Whether it has left and nothing refers to it. */
static inline bool listener_socket_is_unused(ListenerSocket *s) {
        return s->leaving && s->fd < 0 && atomic_load(&s->n_streams) == 0;
}
