/* SPDX-License-Identifier: MIT */
/*
 * The listening sockets of a worker, its owner; used by its thread only. At limits.connections they
 * are not polled: new connections wait in the kernel's queue.
 */
#pragma once

typedef struct Acceptor Acceptor;
typedef struct AcceptorSink AcceptorSink;
typedef struct Address Address;
typedef struct Admission Admission;
typedef struct ListenerSocket ListenerSocket;
typedef struct Loop Loop;
typedef struct Peers Peers;

/* Where accepted connections go. Embedded in its owner. */
struct AcceptorSink {
        /* Takes FD, for which a place is taken and which ORIGIN counts. */
        void (*add)(AcceptorSink *k, ListenerSocket *origin, int fd, const Address *peer);
};

struct Acceptor {
        Loop *loop; /* borrowed, as the next three */
        Admission *admission;
        Peers *peers;
        AcceptorSink *sink;
        ListenerSocket *first; /* borrowed; a list by next_served */
};

/* Accepts from S from now on. In its thread, or before that runs. Returns 0 or negative errno. */
int acceptor_add(Acceptor *a, ListenerSocket *s);
/* A place became free or a limit has changed: polls the sockets that do not pause. */
void acceptor_update(Acceptor *a);
/* After a reload: accepts what waits at sockets that are leaving, and closes them. */
void acceptor_reconfigure(Acceptor *a);
/* Stops listening; accepts what waits first, unless the service manager keeps the socket. */
void acceptor_stop(Acceptor *a);
