/* SPDX-License-Identifier: MIT */
/*
 * All listeners of the server, and what a reload took out of them: it stays until nothing refers to
 * it. Owned and changed by the main thread; workers look at it, so it changes only while none runs.
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
        Listener **former; /* owned: their streams and messages are not all done */
        size_t n_former;
        ListenerSocket *loose; /* owned: passed by the service manager, not given out yet */
        Receipt **receipts; /* owned: every one ever used, because pending messages refer to them */
        size_t n_receipts;
        StatsAccount past; /* of those that are gone */
        PortSet udp_ports; /* of all UDP listeners */
        bool by_unit;      /* a socket unit decides about addresses: we bind nothing */
};

void listener_set_done(ListenerSet *set);

/* Takes over the sockets that the service manager passed. Returns 0 or negative errno. */
int listener_set_add_passed(ListenerSet *set, Activation *a);

/* The receipt of a valid template, the same one for the same words. Returns as receipt_new(). */
int listener_set_get_receipt(ListenerSet *set, const char *text, Level level, const Receipt **ret);

/* Of all listeners there ever were. */
StatsAccount listener_set_totals(const ListenerSet *set);
void listener_set_log_account(const ListenerSet *set);

/* Frees what nothing refers to any more. While no worker runs. */
void listener_set_sweep(ListenerSet *set);
