/* SPDX-License-Identifier: MIT */
/*
 * Where workers wait while the main thread changes what they use. Each arrives between two of its
 * wake-ups. Owned by the Workers.
 */
#pragma once

#include "daemon/loop/doorbell.h"
#include <pthread.h>
#include <stdbool.h>

typedef struct Gate {
        pthread_mutex_t mutex;
        pthread_cond_t opened;
        unsigned n_wanted;  /* 0: open */
        unsigned n_waiting; /* since it was closed */
        unsigned round;     /* counts closings */
        Doorbell full;      /* rung once all wait */
} Gate;

int gate_init(Gate *g);
void gate_done(Gate *g);

/* Main thread: from now on N workers have to wait. */
void gate_close(Gate *g, unsigned n);
void gate_open(Gate *g);
/* Whether all of them wait. Clears the doorbell. */
bool gate_is_full(Gate *g);

/* Workers: waits while the gate is closed. */
void gate_pass(Gate *g);
