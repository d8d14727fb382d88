/* SPDX-License-Identifier: MIT */
/* In the order of the states of the worker. */

#include "daemon/worker/worker_drain.h"

#include "daemon/intake/intakes.h"
#include "daemon/net/datagrams.h"
#include "daemon/net/streams.h"
#include "daemon/worker/worker.h"
#include "daemon/worker/worker_answer.h"
#include <errno.h>

void worker_drain_start(Worker *w) {
        if (w->state != WORKER_SERVING)
                return;

        w->state = WORKER_DRAINING;
        acceptor_stop(&w->acceptor);
        streams_drain(w->streams);
}

void worker_drain_continue(Worker *w) {
        bool done = datagrams_drain(w->datagrams);

        if (done && streams_are_drained(w->streams))
                w->state = WORKER_ENDING;
}

void worker_drain_end(Worker *w) {
        if (intakes_are_idle(&w->intakes) && streams_are_gone(w->streams))
                w->state = WORKER_DONE;
}

/* Peers that have not read their receipts by now will not. */
void worker_drain_give_up(Worker *w) {
        intakes_commit(&w->intakes);
        streams_abort_unsent(w->streams);
        w->gave_up = worker_answer_give_up(w, ETIMEDOUT) || w->state == WORKER_DRAINING;
        w->state = WORKER_ENDING;
}
