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

typedef struct Access Access;
typedef struct Address Address;
typedef struct ConfigListener ConfigListener;
typedef struct Listener Listener;
typedef struct ListenerSocket ListenerSocket;
typedef struct Receipt Receipt;
typedef struct TlsContext TlsContext;

/* Room for "interface eth0", or what is wrong with a group. */
#define LISTENER_WAITS_MAX 160

struct Listener {
        ConfigListener *config; /* owned */
        Access *access;         /* owned; NULL: everything is allowed */
        TlsContext *tls;        /* a reference; NULL: connections are plain */
        const Receipt *receipt; /* borrowed from the set; NULL: no receipts */
        Stats stats;
        LogRate partial_rate, header_rate, bad_frame_rate, mismatch_rate, refused_rate, denied_rate,
                unsent_rate, reset_rate, accept_rate, cut_off_rate, handshake_rate;
        uint64_t expiry_told_usec;      /* CLOCK_REALTIME; 0: not for this certificate */
        Episode losing;                 /* kernel drops, as reported in the log */
        ListenerSocket *sockets;        /* owned */
        char waits[LISTENER_WAITS_MAX]; /* what for (listener_look.h); "": nothing */
};

Listener *listener_new(void); /* NULL: out of memory */
Listener *listener_free(Listener *l);
/*
 * Logs when kernel drops begin or end, after 10 s without any. Call it every second while it returns
 * true. Any worker.
 */
bool listener_report_changes(Listener *l, uint64_t now_usec);
/* Before it is freed: logs its counters. */
void listener_log_account(Listener *l);
/* Takes CONFIG, ACCESS and TLS, borrows RECEIPT. */
void listener_configure(Listener *l, ConfigListener *config, Access *access, TlsContext *tls,
                        const Receipt *receipt);
/* Counts and logs that PEER was over a limit: REASON. */
void listener_note_rejected(Listener *l, const Address *peer, const char *reason,
                            uint64_t now_usec);
/* Counts that PEER was turned away by the access lists, and logs WHY: "is in deny". */
void listener_note_denied(Listener *l, Counter *counter, const Address *peer, const char *why,
                          uint64_t now_usec);
