/* SPDX-License-Identifier: MIT */
/* Most often there is one. */

#include "daemon/intake/intakes.h"

#include "core/clock.h"
#include "core/macro.h"
#include "daemon/intake/intake.h"
#include "daemon/output/output_list.h"
#include <stdlib.h>

/* Workers have lower numbers: see "workers" in sockd.conf(5). */
#define WORKERS_MAX 64

/* What it holds is owned until the change is made. */
struct IntakesChange {
        Intake **items;         /* as in Intakes … */
        unsigned n, n_existing; /* … the first of which exist already, and are not owned */
        unsigned n_routes;
        IntakeWriter *writers[];
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

static bool prepare_route(const Intakes *a, IntakesChange *c, unsigned i, size_t n_outputs) {
        c->writers[i] = intake_prepare_writers(n_outputs);
        if (i >= a->n)
                c->items[c->n++] = new_intake(a, i);
        return c->writers[i] && c->items[i];
}

IntakesChange *intakes_prepare(const Intakes *a, const OutputRoutes *routes) {
        IntakesChange *c = calloc(1, sizeof(*c) + routes->n * sizeof(IntakeWriter *));

        if (!c)
                return NULL;

        c->n_routes = routes->n;
        c->items = calloc(MAX(a->n, routes->n), sizeof(Intake *));
        if (!c->items)
                return intakes_change_free(c);

        for (; c->n < a->n; c->n++)
                c->items[c->n] = a->items[c->n];
        c->n_existing = a->n;
        for (unsigned i = 0; i < routes->n; i++)
                if (!prepare_route(a, c, i, routes->items[i].n))
                        return intakes_change_free(c);
        return c;
}

IntakesChange *intakes_change_free(IntakesChange *c) {
        if (!c)
                return NULL;

        for (unsigned i = c->n_existing; i < c->n; i++)
                (void)intake_free(c->items[i]);
        free(c->items);
        for (unsigned i = 0; i < c->n_routes; i++)
                free(c->writers[i]);
        free(c);
        return NULL;
}

void intakes_change(Intakes *a, IntakesChange *c, const OutputRoutes *routes, uint64_t memory) {
        static const OutputList none = { 0 };

        free(a->items);
        a->items = TAKE_PTR(c->items);
        a->n = c->n;
        a->n_routes = routes->n;
        for (unsigned i = 0; i < routes->n; i++)
                intake_change_outputs(a->items[i], TAKE_PTR(c->writers[i]), &routes->items[i],
                                      memory / routes->n);
        for (unsigned i = routes->n; i < a->n; i++)
                intake_change_outputs(a->items[i], NULL, &none, memory);
        c->n = c->n_existing = 0;
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
