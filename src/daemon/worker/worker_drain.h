/* SPDX-License-Identifier: MIT */
/* Stopping a worker: nothing that was received before is lost. */
#pragma once

typedef struct Worker Worker;

/* Stops accepting; what is queued now is still read. */
void worker_drain_start(Worker *w);
void worker_drain_continue(Worker *w);
/* Ends the worker once everything is stored and answered and all streams are gone. */
void worker_drain_end(Worker *w);
/* Deadline passed: senders of unstored messages get an error receipt. */
void worker_drain_give_up(Worker *w);
