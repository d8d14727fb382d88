/* SPDX-License-Identifier: MIT */
/*
 * A listener: its settings, its account, its receipts, and its sockets (one per address family, or
 * as many as the service manager passed). Owned by the server; each socket is served by one worker.
 */
#pragma once

#include "config/config.h"
#include "core/address.h"
#include "core/receipt.h"
#include "core/stats.h"
#include "core/timer.h"
#include "daemon/log.h"
#include "daemon/poller.h"

typedef struct Worker Worker;
typedef struct Listener Listener;
typedef struct ListenerSocket ListenerSocket;

struct Listener {
        const ConfigListener *config; /* borrowed from the Config, which lives longer */
        Receipt *receipt;             /* NULL: no receipts */
        Stats stats;
        LogRate bad_frame_rate, refused_rate, drop_rate, accept_rate;
        ListenerSocket *sockets;
};

/* A listening TCP socket at work. UDP sockets become a Datagram. */
struct ListenerSocket {
        Source source;               /* first: the poller knows only this */
        ListenerSocket *next;        /* of the same listener */
        ListenerSocket *next_served; /* of the same worker */
        Listener *listener;
        Worker *worker; /* NULL: not served yet */
        int fd;         /* owned */
        Address local;
        bool inherited; /* the service manager holds it too: nothing in it is lost when we go */
        bool polled;
        Timer pause; /* out of descriptors or memory: not polled until then */
};

int listener_new(const ConfigListener *config, Listener **ret);
Listener *listener_free(Listener *l);

/* Takes FD. Returns 0 or negative errno. */
int listener_add_socket(Listener *l, int fd, const Address *local, bool inherited);

/*
 * Starts to accept in WORKER, whose thread does not run yet or is the caller's. Returns 0 or
 * negative errno.
 */
int listener_socket_serve(ListenerSocket *s, Worker *w);
/* Polls it, unless it pauses or the server has no place for one more stream. */
void listener_socket_update(ListenerSocket *s);
/* Takes what waits to be accepted, unless the service manager keeps it, and stops listening. */
void listener_socket_stop(ListenerSocket *s);
