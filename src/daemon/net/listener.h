/* SPDX-License-Identifier: MIT */
/*
 * A listener: its settings, counters, receipt and sockets (one per address family, or those that
 * the service manager passed). A reload that changes its settings keeps the object. Owned by the
 * listener set, changed by the main thread while no worker runs.
 */
#pragma once

#include "core/episode.h"
#include "core/stats.h"
#include "daemon/base/log.h"

typedef struct ConfigListener ConfigListener;
typedef struct Listener Listener;
typedef struct ListenerSocket ListenerSocket;
typedef struct Receipt Receipt;

struct Listener {
        ConfigListener *config; /* owned */
        const Receipt *receipt; /* borrowed from the set; NULL: no receipts */
        Stats stats;
        LogRate bad_frame_rate, mismatch_rate, refused_rate, unsent_rate, accept_rate;
        Episode losing;          /* kernel drops, as reported in the log */
        ListenerSocket *sockets; /* owned */
};

Listener *listener_new(void); /* NULL: out of memory */
Listener *listener_free(Listener *l);
/* Logs when kernel drops begin or end. Call it every second while it returns true. Any worker. */
bool listener_report_changes(Listener *l, uint64_t now_usec);
/* Before it is freed: logs its counters. */
void listener_log_account(Listener *l);
/* Takes CONFIG, borrows RECEIPT. */
void listener_configure(Listener *l, ConfigListener *config, const Receipt *receipt);
