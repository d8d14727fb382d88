/* SPDX-License-Identifier: MIT */
/*
 * The listening sockets of a worker, its owner; used by its thread only. At limits.connections they
 * are not polled: new connections wait in the kernel's queue. A socket that cannot accept, and each
 * while only a reserve of descriptors is left, pauses for a second, is counted and tried again.
 */
#pragma once

#include "core/address.h"

/*
 * Descriptors that streams leave to anything else: up to 64 connections to the control socket, of
 * which those of users who may only query take four each; and listeners, outputs, workers, the bus,
 * the journal, a reload.
 */
#define ACCEPTOR_RESERVE 128U

typedef struct Acceptor Acceptor;
typedef struct AcceptorSink AcceptorSink;
typedef struct Admission Admission;
typedef struct ListenerSocket ListenerSocket;
typedef struct Loop Loop;
typedef struct Peers Peers;

/* Where accepted connections go. Embedded in its owner. */
struct AcceptorSink {
        /* Takes FD, for which a place is taken and which ORIGIN counts. */
        void (*add)(AcceptorSink *k, ListenerSocket *origin, int fd, const Address *peer,
                    PeerKind kind);
};

struct Acceptor {
        Loop *loop; /* borrowed, as the next three */
        Admission *admission;
        Peers *peers;
        AcceptorSink *sink;
        int descriptors_max;   /* from this number on they are left to others */
        ListenerSocket *first; /* borrowed; a list by next_served */
};

/* Everything is borrowed. RLIMIT_NOFILE is read now. */
void acceptor_init(Acceptor *a, Loop *loop, Admission *admission, Peers *peers, AcceptorSink *sink);
/* Accepts from S from now on. In its thread, or before that runs. Returns 0 or negative errno. */
int acceptor_add(Acceptor *a, ListenerSocket *s);
/* A place became free or a limit has changed: polls the sockets that do not pause. */
void acceptor_update(Acceptor *a);
/* After a reload: sockets that are leaving are closed, at once or, if replaced, after a second. */
void acceptor_reconfigure(Acceptor *a);
/* Before the next reload: closes those too. Always accepts what waits first. */
void acceptor_close_leaving(Acceptor *a);
/* Stops listening; accepts what waits first, unless the service manager keeps the socket. */
void acceptor_stop(Acceptor *a);
