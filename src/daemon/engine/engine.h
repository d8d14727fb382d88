/* SPDX-License-Identifier: MIT */
/*
 * Everything from the sockets to the disks, and the current settings. Owned by the server, main
 * thread only. Reloads change it (engine_change.h).
 */
#pragma once

#include "daemon/output/output_list.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct Committer Committer;
typedef struct Config Config;
typedef struct ListenerSet ListenerSet;
typedef struct PeerStore PeerStore;
typedef struct Workers Workers;

typedef struct Engine {
        Config *config;         /* owned: the current settings */
        ListenerSet *listeners; /* owned */
        OutputList outputs;     /* owned */
        OutputRoutes routes;    /* owned */
        Workers *workers;       /* owned */
        Committer *committer;   /* owned */
        PeerStore *peer_store;  /* owned */
} Engine;

/* Takes CONFIG and starts all. Returns 0 or negative errno, logged; threads may run then. */
int engine_start(Engine *e, Config *config);
/* All workers have ended or never ran. */
void engine_done(Engine *e);

/*
 * The workers have ended: waits until DEADLINE (CLOCK_MONOTONIC) for queues and the table of peers
 * to be written. Returns false if a thread is stuck in that, and still uses all of it.
 */
bool engine_finish(Engine *e, uint64_t deadline_usec);
/* Logs the counters of all listeners and outputs. */
void engine_log_account(const Engine *e);
/* Warns if too few descriptors may be open for the limits of CONFIG, and of outputs without use. */
void engine_check_config(const Config *config);
