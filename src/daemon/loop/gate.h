/* SPDX-License-Identifier: MIT */
/*
 * Where workers wait while the main thread changes what they use. Each comes on its own, between
 * two wake-ups. Owned by the Workers.
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

/* For the main thread: from now on N workers have to wait. */
void gate_close(Gate *g, unsigned n);
void gate_open(Gate *g);
/* All wait; takes the event. */
bool gate_is_full(Gate *g);

/* For workers: waits while it is closed. */
void gate_pass(Gate *g);
