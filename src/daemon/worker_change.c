/* SPDX-License-Identifier: MIT */
/* What leaves is drained as if the service stopped, while everything else goes on. */

#include "daemon/worker_change.h"

#include "config/config.h"
#include "core/macro.h"
#include "daemon/datagram.h"
#include "daemon/listener_socket.h"
#include "daemon/server.h"
#include "daemon/stream.h"
#include <errno.h>

/* A share of limits.memory for commits, of all workers together. */
#define SHARE_COMMITS 16

IntakeWriter *worker_change_prepare(size_t n_outputs) {
        return calloc(n_outputs, sizeof(IntakeWriter));
}

void worker_change(Worker *w, IntakeWriter *writers) {
        const Server *s = w->server;
        const ConfigLimits *limits = &s->config->limits;

        w->message_size = (size_t)limits->message_size;
        w->idle_timeout_usec = limits->idle_timeout_usec;
        w->shows_local = false;
        for (size_t i = 0; i < s->n_outputs; i++)
                w->shows_local = w->shows_local || s->outputs[i]->format != FORMAT_TEXT;
        intake_change_outputs(&w->intake, writers, s->outputs, s->n_outputs,
                              limits->memory / SHARE_COMMITS / s->n_workers);
        w->changed = true;
}

static void adapt_streams(StreamList *l) {
        for (Stream *s = l->first, *next; s; s = next) {
                next = s->next;
                stream_adapt(s);
        }
}

void worker_change_adapt(Worker *w) {
        w->changed = false;
        for (ListenerSocket *s = w->listeners, *next; s; s = next) {
                next = s->next_served;
                if (s->leaving)
                        listener_socket_leave(s);
                else
                        listener_socket_update(s); /* limits.connections may have changed */
        }
        worker_release_held(w); /* the output that failed may be gone */
        adapt_streams(&w->resting);
        adapt_streams(&w->streams);
        w->n_leaving = 0;
        for (Datagram *d = w->datagrams; d; d = d->next) {
                datagram_adapt(d);
                w->n_leaving += d->origin->leaving;
        }
        if (w->n_leaving > 0)
                worker_change_go_on(w);
}

/* The socket itself is freed with its listener. */
static void free_datagram(Datagram *d) {
        ListenerSocket *origin = d->origin;

        (void)datagram_free(d);
        closep(&origin->fd);
        origin->fd = -EBADF;
}

void worker_change_go_on(Worker *w) {
        w->n_leaving = 0;
        for (Datagram **p = &w->datagrams; *p;) {
                Datagram *d = *p;

                if (!d->origin->leaving || !datagram_drain(d) || d->addressee.n_pending > 0) {
                        w->n_leaving += d->origin->leaving;
                        p = &d->next;
                        continue;
                }
                *p = d->next;
                free_datagram(d);
        }
}
