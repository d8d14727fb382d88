/* SPDX-License-Identifier: MIT */
/*
 * Everything between the sockets and the disks (listeners, workers, outputs) and the settings in
 * force. Owned by the server; main thread only. A reload changes it through engine_change.h.
 */
#pragma once

#include "daemon/output/output_list.h"
#include <stdint.h>

typedef struct Committer Committer;
typedef struct Config Config;
typedef struct ListenerSet ListenerSet;
typedef struct Workers Workers;

typedef struct Engine {
        Config *config;         /* owned: the settings in force */
        ListenerSet *listeners; /* owned */
        OutputList outputs;     /* owned */
        Workers *workers;       /* owned */
        Committer *committer;   /* owned */
} Engine;

/*
 * Takes CONFIG, opens everything and starts the threads. Returns 0 or a negative errno, which was
 * logged; threads may run then.
 */
int engine_start(Engine *e, Config *config);
/* All workers have ended or never ran. */
void engine_done(Engine *e);

/* The workers have ended: has the outputs write what they hold, until DEADLINE (CLOCK_MONOTONIC). */
void engine_finish(Engine *e, uint64_t deadline_usec);
/* What became of all messages, for whoever reads the log later. */
void engine_log_account(const Engine *e);
/* Warns when too few descriptors may be open for the limits of CONFIG. */
void engine_check_descriptor_limit(const Config *config);
