/* SPDX-License-Identifier: MIT */
/*
 * How the listeners of a set are to become those of a config: which socket goes where, which are
 * opened anew, which have to leave. Start and reload take the same way: all that can fail is done
 * while the plan is made, before anything changes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef struct Config Config;
typedef struct ConfigListener ConfigListener;
typedef struct Listener Listener;
typedef struct ListenerSet ListenerSet;
typedef struct ListenerSocket ListenerSocket;
typedef struct Receipt Receipt;

typedef struct PlannedListener {
        ConfigListener *config; /* owned until applied, as are the others */
        const Receipt *receipt; /* the set's */
        Listener *listener;     /* one of the set's, or fresh */
        bool fresh;
        bool late;              /* to be opened at the last moment */
        bool changed;           /* options of its sockets */
        ListenerSocket *opened; /* owned */
        size_t n_rounds_done;   /* sockets of the set that become its own */
} PlannedListener;

/* Where a socket of the set goes. */
typedef struct PlannedMove {
        ListenerSocket *socket;
        PlannedListener *to; /* NULL: nowhere */
} PlannedMove;

typedef struct ListenerPlan {
        PlannedListener *listeners;
        size_t n_listeners;
        PlannedMove *moves;
        size_t n_moves;
        Listener **array;  /* the set's next one */
        Listener **former; /* the set's next one, with room for all */
} ListenerPlan;

/*
 * Opens sockets; from any thread, while nobody changes the set. What is wrong goes to ERRORS, a
 * line each. Returns 0 or negative errno.
 */
int listener_plan_make(ListenerSet *set, const Config *config, FILE *errors, ListenerPlan *ret);
/*
 * Opens what has a port in common with a socket that is to leave: from then on, the kernel may take
 * it for the better match. While no worker runs. ERRORS and what is returned as above.
 */
int listener_plan_open_late(ListenerPlan *p, FILE *errors);
void listener_plan_done(ListenerPlan *p);

/*
 * Applies the plan, while no worker runs: sockets without a listener are marked as leaving. Empties
 * the plan.
 */
void listener_plan_apply(ListenerPlan *p, ListenerSet *set);
