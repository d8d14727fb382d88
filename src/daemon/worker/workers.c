/* SPDX-License-Identifier: MIT */
/* All workers start and end together. */

#include "daemon/worker/workers.h"

#include "config/config.h"
#include "core/transport.h"
#include "daemon/net/acceptor.h"
#include "daemon/net/admission.h"
#include "daemon/net/datagrams.h"
#include "daemon/net/listener_set.h"
#include "daemon/net/listener_socket.h"
#include "daemon/net/pace.h"
#include "daemon/worker/worker.h"
#include <assert.h>
#include <errno.h>
#include <sys/random.h>

static int make_workers(Workers *a, size_t n) {
        uint32_t salt = 0;
        int r = 0;

        if (getrandom(&salt, sizeof(salt), GRND_NONBLOCK) < 0)
                salt = (uint32_t)getpid(); /* the time makes ids nearly unique already */
        for (; a->n < n && r >= 0; a->n++) {
                Worker *w = &a->items[a->n];

                r = worker_init(w, a, (unsigned)a->n, salt);
                a->group.members[a->group.n_members++] = &w->mailbox;
        }
        return r;
}

static int make_parts(Workers *a, size_t n, const ConfigLimits *limits) {
        int r;

        a->items = calloc(n, sizeof(*a->items));
        a->group.members = calloc(n, sizeof(Mailbox *));
        a->admission = admission_new(limits, &a->group);
        a->pace = pace_new(limits);
        if (!a->items || !a->group.members || !a->admission || !a->pace)
                return -ENOMEM;

        r = doorbell_init(&a->ended);
        if (r >= 0)
                r = gate_init(&a->gate);
        if (r >= 0)
                r = inquiry_init(&a->inquiry);
        return r < 0 ? r : make_workers(a, n);
}

int workers_new(size_t n, const ConfigLimits *limits, const PortSet *own_ports, Workers **ret) {
        Workers *a = calloc(1, sizeof(*a));
        int r;

        if (!a)
                return -ENOMEM;

        a->own_ports = own_ports;
        a->ended = a->gate.full = a->inquiry.answered = DOORBELL_NONE;
        r = make_parts(a, n, limits);
        if (r < 0) {
                (void)workers_free(a);
                return r;
        }

        *ret = a;
        return 0;
}

void workers_done(Workers *a) {
        for (; a->n > 0; a->n--)
                worker_done(&a->items[a->n - 1]);
}

Workers *workers_free(Workers *a) {
        if (!a)
                return NULL;

        workers_done(a);
        assert(!a->admission ||
               admission_holds_nothing(a->admission)); /* each stream gave back what it took */
        free(a->items);
        free(a->group.members);
        (void)admission_free(a->admission);
        (void)pace_free(a->pace);
        inquiry_done(&a->inquiry);
        gate_done(&a->gate);
        doorbell_done(&a->ended);
        free(a);
        return NULL;
}

static int serve_socket(Worker *w, ListenerSocket *s) {
        return transport_has_connections(s->at.protocol) ? acceptor_add(&w->acceptor, s)
                                                         : datagrams_add(w->datagrams, s);
}

/* Round robin; a socket stays with its worker. */
int workers_serve(Workers *a, const ListenerSet *set) {
        int error = 0;

        for (size_t i = 0; i < set->n_listeners; i++)
                for (ListenerSocket *s = set->listeners[i]->sockets; s; s = s->next) {
                        int r = s->served ? 0 : serve_socket(&a->items[a->next++ % a->n], s);

                        if (r < 0)
                                error = log_error_errno(r, "listener %s: cannot serve a socket",
                                                        s->listener->config->name);
                }
        return error;
}

int workers_start(Workers *a) {
        int r = 0;

        for (size_t i = 0; i < a->n && r >= 0; i++)
                r = worker_start(&a->items[i]);
        return r;
}

void workers_join(Workers *a) {
        for (size_t i = 0; i < a->n; i++)
                worker_join(&a->items[i]);
}

bool workers_are_clear(const Workers *a) {
        for (size_t i = 0; i < a->n; i++)
                if (intakes_open(&a->items[i].intakes) != FLUSH_OPEN_NOTHING)
                        return false;

        return true;
}

bool workers_gave_up(const Workers *a) {
        for (size_t i = 0; i < a->n; i++)
                if (a->items[i].gave_up)
                        return true;

        return false;
}
