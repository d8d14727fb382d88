/* SPDX-License-Identifier: MIT */
/*
 * The listening sockets that one worker accepts from. At limits.connections they are not polled,
 * and new connections wait in the kernel's queue. Owned by the worker; used by its thread only.
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
        /* Takes FD, whose place was admitted and which ORIGIN counts. */
        void (*add)(AcceptorSink *k, ListenerSocket *origin, int fd, const Address *peer);
};

struct Acceptor {
        Loop *loop; /* borrowed, as the next three */
        Admission *admission;
        Peers *peers;
        AcceptorSink *sink;
        ListenerSocket *first; /* borrowed: the sockets it accepts from, by next_served */
};

/* Polls S from now on, while the thread does not run or in it. Returns 0 or negative errno. */
int acceptor_add(Acceptor *a, ListenerSocket *s);
/* A place may have become free, or a limit has changed: polls those that do not pause. */
void acceptor_update(Acceptor *a);
/* After a reload: accepts what waits at the sockets that are leaving, and closes them. */
void acceptor_reconfigure(Acceptor *a);
/*
 * The worker stops: accepts what waits, unless the service manager keeps the socket, and stops
 * listening.
 */
void acceptor_stop(Acceptor *a);
