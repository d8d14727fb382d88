/* SPDX-License-Identifier: MIT */
/* All workers, with what they share. Owned by the engine, main thread only but for what is thread-safe. */
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
typedef struct PortSet PortSet;
typedef struct Worker Worker;
typedef struct Workers Workers;

struct Workers {
        Worker *items; /* owned */
        size_t n;
        size_t next; /* who gets the next socket */
        MailboxGroup group;
        Gate gate;
        Inquiry inquiry;
        Doorbell ended;       /* rung by each worker that ends */
        Admission *admission; /* owned */
        const PortSet *own_ports;
        Committer *committer;      /* borrowed; set before the workers start, as are … */
        const OutputList *outputs; /* … these, which change while no worker runs */
};

/* Makes N workers that do not run yet. Returns 0 or negative errno. */
int workers_new(size_t n, const ConfigLimits *limits, const PortSet *own_ports, Workers **ret);
/* All have ended or never ran. */
Workers *workers_free(Workers *a);

/*
 * Gives each socket of SET that nobody serves to a worker, while none runs. Returns 0, or a negative
 * errno, which was logged; the others are served.
 */
int workers_serve(Workers *a, const ListenerSet *set);
/* Returns 0 or negative errno. */
int workers_start(Workers *a);
void workers_join(Workers *a);

/* All that was taken in is handed over; while they wait at the gate. */
bool workers_are_clear(const Workers *a);
/* Some could not store everything in time. */
bool workers_gave_up(const Workers *a);
