/* SPDX-License-Identifier: MIT */
/* A reload, as a worker meets it: the main thread changes it at the gate, then it adapts. */
#pragma once

#include "daemon/worker.h"

/* The writers that a change will need. NULL: out of memory. */
IntakeWriter *worker_change_prepare(size_t n_outputs);
/*
 * For the main thread, while the worker's thread does not run: the settings of SERVER are in force
 * now. Takes WRITERS.
 */
void worker_change(Worker *w, IntakeWriter *writers);

/* For the worker, once it runs again: streams and sockets that have no listener any more leave. */
void worker_change_adapt(Worker *w);
/* At the end of each wake-up while n_leaving > 0. */
void worker_change_go_on(Worker *w);
