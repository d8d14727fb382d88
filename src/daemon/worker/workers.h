/* SPDX-License-Identifier: MIT */
/* All workers and what they share. Owned by the engine. Main thread, but for thread-safe parts. */
#pragma once

#include "daemon/loop/gate.h"
#include "daemon/loop/inquiry.h"
#include "daemon/loop/mailbox.h"
#include <stddef.h>

typedef struct Admission Admission;
typedef struct Committer Committer;
typedef struct ConfigLimits ConfigLimits;
typedef struct ListenerSet ListenerSet;
typedef struct OutputList OutputList;
typedef struct OutputRoutes OutputRoutes;
typedef struct Pace Pace;
typedef struct PortSet PortSet;
typedef struct Worker Worker;
typedef struct Workers Workers;

struct Workers {
        Worker *items; /* owned */
        size_t n;
        size_t next; /* the worker that gets the next socket */
        MailboxGroup group;
        Gate gate;
        Inquiry inquiry;
        Doorbell ended;       /* rung by each worker that ends */
        Admission *admission; /* owned */
        Pace *pace;           /* owned */
        const PortSet *own_ports;
        Committer *committer;      /* borrowed; set before the workers start, as is … */
        const OutputList *outputs; /* … this and the next; they change while no worker runs */
        const OutputRoutes *routes;
};

/* Makes N workers, which do not run yet. Returns 0 or negative errno. */
int workers_new(size_t n, const ConfigLimits *limits, const PortSet *own_ports, Workers **ret);
/* All have ended or never ran: frees what they hold. Signals to the group still find it. */
void workers_done(Workers *a);
/* The same, and the rest: nobody signals the group any more. */
Workers *workers_free(Workers *a);

/*
 * Assigns the sockets of SET that are not served to workers, while none runs. Returns 0, or the
 * last negative errno after logging it; the other sockets are served.
 */
int workers_serve(Workers *a, const ListenerSet *set);
/* Returns 0 or negative errno. */
int workers_start(Workers *a);
void workers_join(Workers *a);

/* Whether everything is handed over, while they wait at the gate. */
bool workers_are_clear(const Workers *a);
/* Whether some could not store everything in time. */
bool workers_gave_up(const Workers *a);
