/* SPDX-License-Identifier: MIT */
/* A reload of a worker: by the main thread while it is at the gate, then by itself. */
#pragma once

typedef struct ConfigLimits ConfigLimits;
typedef struct IntakesChange IntakesChange;
typedef struct Worker Worker;

/*
 * Main thread, while the worker does not run: puts LIMITS and the outputs of its Workers in force.
 * Takes CHANGE (intakes_prepare()).
 */
void worker_change_by_main(Worker *w, const ConfigLimits *limits, IntakesChange *change);
/* The worker, once it runs again: streams and sockets without a listener leave. */
void worker_change_in_thread(Worker *w);
