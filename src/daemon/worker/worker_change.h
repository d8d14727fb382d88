/* SPDX-License-Identifier: MIT */
/*
 * A reload, as it concerns a worker: the main thread changes it at the gate, then the worker
 * follows.
 */
#pragma once

typedef struct ConfigLimits ConfigLimits;
typedef struct IntakeWriter IntakeWriter;
typedef struct Worker Worker;

/*
 * For the main thread, while the worker's thread does not run: LIMITS and the outputs of its Workers
 * are in force now. Takes WRITERS (intake_prepare_writers()).
 */
void worker_change_by_main(Worker *w, const ConfigLimits *limits, IntakeWriter *writers);
/* For the worker, once it runs again: streams and sockets that have no listener any more leave. */
void worker_change_in_thread(Worker *w);
