/* SPDX-License-Identifier: MIT */
/* Compares counters with their values at the last check. */

#include "daemon/control/health.h"

#include "core/macro.h"
#include "daemon/engine/engine.h"
#include "daemon/output/committer.h"
#include "daemon/output/output_impl.h"
#include "daemon/output/output_queue.h"
#include "daemon/worker/worker.h"
#include "daemon/worker/workers.h"

void health_done(Health *h) {
        free(TAKE_PTR(h->marks));
        h->n_marks = 0;
}

static bool any_output_is_busy(const Engine *e) {
        for (size_t i = 0; i < e->outputs.n; i++)
                if (output_is_busy(e->outputs.items[i]))
                        return true;

        return committer_is_busy(e->committer);
}

/* If a reload changes the number of outputs, all marks start over. */
static bool have_marks(Health *h, size_t n) {
        if (h->n_marks == n)
                return true;

        health_done(h);
        h->marks = calloc(n, sizeof(*h->marks));
        h->n_marks = h->marks ? n : 0;
        return h->marks;
}

/* Whether VALUE has not changed for longer than LIMIT. EXCUSED: it need not. */
static bool is_stuck(HealthMark *m, unsigned value, bool excused, uint64_t now, uint64_t limit) {
        if (excused || m->since_usec == 0 || m->seen != value)
                *m = (HealthMark){ .seen = value, .since_usec = now };
        return now - m->since_usec > limit;
}

static bool pulse_is_stuck(HealthMark *m, const Pulse *p, bool excused, uint64_t now,
                           uint64_t limit) {
        return is_stuck(m, atomic_load(&p->n_beats), excused || atomic_load(&p->waiting), now,
                        limit);
}

static const char *find_stuck(HealthMark *m, const Engine *e, bool excused, uint64_t now,
                              uint64_t limit) {
        const char *stuck = NULL;

        for (size_t i = 0; i < e->workers->n; i++) {
                Worker *w = &e->workers->items[i];

                if (pulse_is_stuck(m++, &w->loop.pulse, excused, now, limit))
                        stuck = "a worker is stuck";
                if (is_stuck(m++, atomic_load(&w->loop.pulse.n_done),
                             excused || !atomic_load(&w->loop.pulse.owes), now, limit))
                        stuck = "pending messages make no progress";
        }
        if (pulse_is_stuck(m++, committer_pulse(e->committer), excused, now, limit))
                stuck = "the commit thread is stuck";
        for (size_t i = 0; i < e->outputs.n; i++, m++) {
                const OutputQueue *q = e->outputs.items[i]->queue;

                if (q && pulse_is_stuck(m, output_queue_pulse(q), excused, now, limit))
                        stuck = "the thread of an output is stuck";
        }
        return stuck;
}

const char *health_check(Health *h, const Engine *e, uint64_t now_usec, uint64_t limit_usec) {
        if (!have_marks(h, 2 * e->workers->n + 1 + e->outputs.n))
                return NULL; /* lack of memory is not a stall */

        return find_stuck(h->marks, e, any_output_is_busy(e), now_usec, limit_usec);
}
