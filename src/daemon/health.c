/* SPDX-License-Identifier: MIT */
/* Compares what moves with what it was at the last look. */

#include "daemon/health.h"

#include "core/macro.h"
#include "daemon/committer.h"
#include "daemon/output_kind.h"
#include "daemon/output_queue.h"
#include "daemon/server.h"

void health_done(Health *h) {
        free(TAKE_PTR(h->marks));
        h->n_marks = 0;
}

static bool any_output_is_busy(const Server *s) {
        for (size_t i = 0; i < s->n_outputs; i++)
                if (output_is_busy(s->outputs[i]))
                        return true;

        return committer_is_busy(s->committer);
}

/* A reload may have changed how many outputs there are: then all start anew. */
static bool have_marks(Health *h, size_t n) {
        if (h->n_marks == n)
                return true;

        health_done(h);
        h->marks = calloc(n, sizeof(*h->marks));
        h->n_marks = h->marks ? n : 0;
        return h->marks;
}

/* Returns whether it has stood still for too long. EXCUSED: it need not move now. */
static bool look(HealthMark *m, unsigned value, bool excused, uint64_t now, uint64_t limit) {
        if (excused || m->since_usec == 0 || m->seen != value)
                *m = (HealthMark){ .seen = value, .since_usec = now };
        return now - m->since_usec > limit;
}

static bool look_at_pulse(HealthMark *m, const Pulse *p, bool excused, uint64_t now,
                          uint64_t limit) {
        return look(m, atomic_load(&p->n_beats), excused || atomic_load(&p->waiting), now, limit);
}

static const char *check(HealthMark *m, Server *s, bool excused, uint64_t now, uint64_t limit) {
        const char *stuck = NULL;

        for (size_t i = 0; i < s->n_workers; i++) {
                Worker *w = &s->workers[i];

                if (look_at_pulse(m++, &w->pulse, excused, now, limit))
                        stuck = "a worker stands still";
                if (look(m++, atomic_load(&w->pulse.n_done),
                         excused || !atomic_load(&w->pulse.owes), now, limit))
                        stuck = "messages are neither stored nor given up";
        }
        if (look_at_pulse(m++, committer_pulse(s->committer), excused, now, limit))
                stuck = "the commit thread stands still";
        for (size_t i = 0; i < s->n_outputs; i++, m++) {
                const OutputQueue *q = s->outputs[i]->queue;

                if (q && look_at_pulse(m, output_queue_pulse(q), excused, now, limit))
                        stuck = "the thread of an output stands still";
        }
        return stuck;
}

const char *health_check(Health *h, Server *s, uint64_t now_usec, uint64_t limit_usec) {
        if (!have_marks(h, 2 * s->n_workers + 1 + s->n_outputs))
                return NULL; /* no memory is not the same as no life */

        return check(h->marks, s, any_output_is_busy(s), now_usec, limit_usec);
}
