/* SPDX-License-Identifier: MIT */
/* Draining, in the order of the states of the worker. */

#include "daemon/worker_drain.h"

#include "daemon/datagram.h"
#include "daemon/listener_socket.h"
#include "daemon/stream.h"
#include "daemon/stream_end.h"
#include "daemon/worker_answer.h"
#include <errno.h>

static void drain_all(StreamList *l) {
        for (Stream *s = l->first, *next; s; s = next) {
                next = s->next;
                stream_drain(s);
        }
}

void worker_drain_start(Worker *w) {
        if (w->state != WORKER_SERVING)
                return;

        w->state = WORKER_DRAINING;
        for (ListenerSocket *s = w->listeners; s; s = s->next_served)
                listener_socket_stop(s);
        drain_all(&w->resting);
        drain_all(&w->streams);
}

static bool any_is_reading(const StreamList *l) {
        for (const Stream *s = l->first; s; s = s->next)
                if (s->state == STREAM_READING)
                        return true;

        return false;
}

void worker_drain_go_on(Worker *w) {
        bool done = !w->stalled;

        for (Datagram *d = w->datagrams; d; d = d->next)
                done = datagram_drain(d) && done;
        if (done && !any_is_reading(&w->streams) && !any_is_reading(&w->resting))
                w->state = WORKER_ENDING;
}

void worker_drain_end(Worker *w) {
        if (intake_is_idle(&w->intake) && !w->streams.first && !w->resting.first && !w->named.first)
                w->state = WORKER_DONE;
}

/* Who takes no receipts now will not take them later. */
static void abort_unsent(StreamList *l) {
        for (Stream *s = l->first, *next; s; s = next) {
                next = s->next;
                if (s->unsent)
                        stream_end_abort(s, "takes no receipts");
        }
}

void worker_drain_give_up(Worker *w) {
        intake_commit(&w->intake);
        abort_unsent(&w->streams);
        abort_unsent(&w->resting);
        w->gave_up = worker_answer_give_up(w, ETIMEDOUT) || w->state == WORKER_DRAINING;
        w->state = WORKER_ENDING;
}
