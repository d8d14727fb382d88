/* SPDX-License-Identifier: MIT */
/*
 * All listeners, and those that a reload removed and something still refers to. Owned and changed
 * by the main thread while no worker runs, because workers read it.
 */
#pragma once

#include "core/names.h"
#include "daemon/net/listener.h"
#include "daemon/net/port_set.h"

typedef struct Activation Activation;

typedef struct ListenerSet ListenerSet;
struct ListenerSet {
        Listener **listeners; /* owned */
        size_t n_listeners;
        Listener **former; /* owned: removed, but with open streams or pending messages */
        size_t n_former;
        ListenerSocket *loose; /* owned: passed by the service manager, not assigned yet */
        Receipt **receipts;    /* owned: all ever used, because pending messages refer to them */
        size_t n_receipts;
        StatsAccount past;       /* of those that were freed */
        PortSet udp_ports;       /* of all UDP listeners */
        bool told_unknown_users; /* logged that those of Unix sockets cannot be told apart */
        bool by_unit;            /* the addresses come from a socket unit: nothing is bound */
};

void listener_set_done(ListenerSet *set);

/* Takes over the sockets that the service manager passed. Returns 0 or negative errno. */
int listener_set_add_passed(ListenerSet *set, Activation *a);

/* The receipt of a valid template: one object per text and level. Returns as receipt_new(). */
int listener_set_get_receipt(ListenerSet *set, const char *text, Level level, const Receipt **ret);

/* Of all listeners since the start. */
StatsAccount listener_set_totals(const ListenerSet *set);
void listener_set_log_account(const ListenerSet *set);

/* Frees what nothing refers to, while no worker runs. */
void listener_set_sweep(ListenerSet *set);
