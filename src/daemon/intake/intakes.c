/* SPDX-License-Identifier: MIT */
/* Most often there is one. */

#include "daemon/intake/intakes.h"

#include "core/clock.h"
#include "core/macro.h"
#include "daemon/intake/intake.h"
#include "daemon/intake/intake_writer.h"
#include "daemon/output/output_list.h"
#include <stdlib.h>

/* Workers have lower numbers: see "workers" in sockd.conf(5). */
#define WORKERS_MAX 64

struct IntakesChange {
        Intake **items; /* as in Intakes: N_ROUTES for the routes … */
        unsigned n;     /* … then those that have none any more */
        unsigned n_routes;
        Intake **fresh; /* those that exist since intakes_prepare(); owned until then, as … */
        unsigned n_fresh;
        IntakeWriter *writers[]; /* … these */
};

void intakes_init(Intakes *a, Mailbox *mailbox, unsigned worker, uint32_t salt) {
        *a = (Intakes){ .mailbox = mailbox, .worker = worker, .salt = salt };
}

void intakes_done(Intakes *a) {
        for (unsigned i = 0; i < a->n; i++)
                (void)intake_free(a->items[i]);
        free(TAKE_PTR(a->items));
        a->n = a->n_routes = 0;
}

/* Those that are made together differ in their number, others in the time. */
static Intake *new_intake(const Intakes *a, unsigned number) {
        Id first;

        id_init(&first, clock_realtime() / 1000, a->salt, a->worker + WORKERS_MAX * number);
        return intake_new(a->mailbox, a->worker, &first);
}

static bool has_output(const Intake *in, const Output *o) {
        for (size_t i = 0; i < in->n_writers; i++)
                if (in->writers[i].output == o)
                        return true;

        return false;
}

static bool has_route(const Intake *in, const OutputList *route) {
        for (size_t i = 0; i < route->n; i++)
                if (!has_output(in, route->items[i]))
                        return false;

        return in->n_writers == route->n;
}

static bool is_taken(const IntakesChange *c, const Intake *in) {
        for (unsigned i = 0; i < c->n; i++)
                if (c->items[i] == in)
                        return true;

        return false;
}

/* The one that sends to the same outputs: what is pending in others may wait for one that is stuck. */
static Intake *find_existing(const Intakes *a, const IntakesChange *c, const OutputList *route) {
        for (unsigned i = 0; i < a->n_routes; i++)
                if (has_route(a->items[i], route) && !is_taken(c, a->items[i]))
                        return a->items[i];

        return NULL;
}

static bool prepare_route(const Intakes *a, IntakesChange *c, const OutputList *route) {
        const unsigned number = c->n;
        Intake *in = find_existing(a, c, route);

        if (!in) {
                in = new_intake(a, number);
                c->fresh[c->n_fresh++] = in;
        }
        c->writers[number] = intake_prepare_writers(route->n);
        c->items[c->n++] = in;
        return in && c->writers[number];
}

IntakesChange *intakes_prepare(const Intakes *a, const OutputRoutes *routes) {
        IntakesChange *c = calloc(1, sizeof(*c) + routes->n * sizeof(IntakeWriter *));

        if (!c)
                return NULL;

        c->n_routes = routes->n;
        c->items = calloc(a->n + routes->n, sizeof(Intake *));
        c->fresh = calloc(routes->n, sizeof(Intake *));
        if (!c->items || !c->fresh)
                return intakes_change_free(c);

        for (unsigned i = 0; i < routes->n; i++)
                if (!prepare_route(a, c, &routes->items[i]))
                        return intakes_change_free(c);
        for (unsigned i = 0; i < a->n; i++)
                if (!is_taken(c, a->items[i]))
                        c->items[c->n++] = a->items[i];
        return c;
}

IntakesChange *intakes_change_free(IntakesChange *c) {
        if (!c)
                return NULL;

        for (unsigned i = 0; i < c->n_fresh; i++)
                (void)intake_free(c->fresh[i]);
        free(c->fresh);
        free(c->items);
        for (unsigned i = 0; i < c->n_routes; i++)
                free(c->writers[i]);
        free(c);
        return NULL;
}

/* Frees those that had no route before this change either, and have drained: no stream refers to them. */
static void free_drained(const Intakes *a, IntakesChange *c) {
        for (unsigned i = a->n_routes; i < a->n; i++)
                for (unsigned j = c->n_routes; j < c->n; j++)
                        if (c->items[j] == a->items[i] && intake_is_idle(a->items[i])) {
                                c->items[j] = c->items[--c->n];
                                (void)intake_free(a->items[i]);
                                break;
                        }
}

void intakes_change(Intakes *a, IntakesChange *c, const OutputRoutes *routes, uint64_t memory) {
        static const OutputList none = { 0 };

        free_drained(a, c);
        free(a->items);
        a->items = TAKE_PTR(c->items);
        a->n = c->n;
        a->n_routes = routes->n;
        for (unsigned i = 0; i < routes->n; i++)
                intake_change_outputs(a->items[i], TAKE_PTR(c->writers[i]), &routes->items[i],
                                      memory / routes->n);
        for (unsigned i = routes->n; i < a->n; i++)
                intake_change_outputs(a->items[i], NULL, &none, memory);
        c->n_fresh = 0;
        (void)intakes_change_free(c);
}

void intakes_set_time(Intakes *a, uint64_t now_usec, uint64_t realtime_usec) {
        for (unsigned i = 0; i < a->n; i++)
                intake_set_time(a->items[i], now_usec, realtime_usec);
}

FlushOpen intakes_open(const Intakes *a) {
        FlushOpen open = FLUSH_OPEN_NOTHING;

        for (unsigned i = 0; i < a->n; i++)
                open = MAX(open, intake_open(a->items[i]));
        return open;
}

void intakes_commit(Intakes *a) {
        for (unsigned i = 0; i < a->n; i++)
                intake_commit(a->items[i]);
}

void intakes_release_buffers(Intakes *a) {
        for (unsigned i = 0; i < a->n; i++)
                intake_release_buffers(a->items[i]);
}

bool intakes_are_idle(const Intakes *a) {
        for (unsigned i = 0; i < a->n; i++)
                if (!intake_is_idle(a->items[i]))
                        return false;

        return true;
}

bool intakes_are_full(const Intakes *a) {
        for (unsigned i = 0; i < a->n_routes; i++)
                if (!a->items[i]->full)
                        return false;

        return true;
}

bool intakes_any_is_full(const Intakes *a) {
        for (unsigned i = 0; i < a->n_routes; i++)
                if (a->items[i]->full)
                        return true;

        return false;
}

bool intakes_check_room(Intakes *a) {
        bool any = false;

        for (unsigned i = 0; i < a->n_routes; i++)
                if (a->items[i]->full && intake_check_room(a->items[i]))
                        any = true;
        return any;
}
