/* SPDX-License-Identifier: MIT */
/* The end of a worker: nothing that reached us before the stop is lost. */
#pragma once

typedef struct Worker Worker;

/* No more connections; what every queue holds now is still taken in. */
void worker_drain_start(Worker *w);
void worker_drain_continue(Worker *w);
/* Done when all is stored and answered, and all peers are gone. */
void worker_drain_end(Worker *w);
/* Deadline passed: senders of unstored messages get an error receipt. */
void worker_drain_give_up(Worker *w);
