/* SPDX-License-Identifier: MIT */
/*
 * The intakes of a worker, one for each route: an output that is slow or stuck holds back what goes
 * to it, and nothing else. Owned by the worker.
 */
#pragma once

#include "daemon/intake/flush_policy.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct Intake Intake;
typedef struct Intakes Intakes;
typedef struct IntakesChange IntakesChange;
typedef struct Mailbox Mailbox;
typedef struct OutputRoutes OutputRoutes;

struct Intakes {
        Intake **items; /* owned; by the number of the route; the rest had routes, and drain */
        unsigned n, n_routes;
        Mailbox *mailbox; /* borrowed */
        unsigned worker;  /* index */
        uint32_t salt;    /* of ids: the same for all workers */
};

void intakes_init(Intakes *a, Mailbox *mailbox, unsigned worker, uint32_t salt);
void intakes_done(Intakes *a);

/* What intakes_change() needs for ROUTES. NULL: out of memory. */
IntakesChange *intakes_prepare(const Intakes *a, const OutputRoutes *routes);
IntakesChange *intakes_change_free(IntakesChange *c);
/*
 * The routes, as they were prepared, from now on. One that stays the same keeps its intake, whatever its
 * number. Nothing may be open. MEMORY: limit of bytes for
 * the commits of all of them. Frees C.
 */
void intakes_change(Intakes *a, IntakesChange *c, const OutputRoutes *routes, uint64_t memory);

void intakes_set_time(Intakes *a, uint64_t now_usec, uint64_t realtime_usec);
/* What intakes_commit() would hand over: the most urgent of it. */
FlushOpen intakes_open(const Intakes *a);
/* Hands everything over to the outputs. */
void intakes_commit(Intakes *a);
void intakes_release_buffers(Intakes *a);
/* Whether no messages are pending. */
bool intakes_are_idle(const Intakes *a);

/* Whether those of all routes are full; whether any is. */
bool intakes_are_full(const Intakes *a);
bool intakes_any_is_full(const Intakes *a);
/* Looks for room where there was none. Returns whether there is some now. */
bool intakes_check_room(Intakes *a);
