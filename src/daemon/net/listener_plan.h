/* SPDX-License-Identifier: MIT */
/*
 * How the listeners of a set become those of a config: which socket goes where, which are opened,
 * which have to leave. The same for start and reload. Everything that can fail is done while the
 * plan is made, before anything changes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef struct Access Access;
typedef struct Config Config;
typedef struct ConfigListener ConfigListener;
typedef struct Listener Listener;
typedef struct ListenerSet ListenerSet;
typedef struct ListenerSocket ListenerSocket;
typedef struct Receipt Receipt;
typedef struct TlsContext TlsContext;

typedef struct PlannedListener {
        ConfigListener *config; /* owned until applied */
        Access *access;         /* owned until applied, as the next */
        TlsContext *tls;
        const Receipt *receipt; /* the set's */
        Listener *listener;     /* one of the set's, or fresh */
        bool fresh;
        bool late;              /* to be opened by listener_plan_open_late() */
        bool changed;           /* its sockets need other options */
        ListenerSocket *opened; /* owned */
        size_t n_reused;        /* sockets of the set that become its own */
} PlannedListener;

/* Where a socket of the set goes. */
typedef struct PlannedMove {
        ListenerSocket *socket;
        PlannedListener *to; /* NULL: it leaves */
} PlannedMove;

typedef struct ListenerPlan {
        PlannedListener *listeners;
        size_t n_listeners;
        PlannedMove *moves;
        size_t n_moves;
        Listener **array;  /* to replace that of the set */
        Listener **former; /* the same, with room for all */
} ListenerPlan;

/*
 * Opens sockets. Any thread, while nobody changes the set. Problems are printed to ERRORS, one per
 * line. Returns 0 or negative errno.
 */
int listener_plan_make(ListenerSet *set, const Config *config, FILE *errors, ListenerPlan *ret);
/*
 * Opens sockets that share a port with one that is to leave: from then on the kernel may prefer
 * them. While no worker runs. ERRORS and result as above.
 */
int listener_plan_open_late(ListenerPlan *p, FILE *errors);
void listener_plan_done(ListenerPlan *p);

/* Applies and empties the plan, while no worker runs. Marks sockets without listener leaving. */
void listener_plan_apply(ListenerPlan *p, ListenerSet *set);
