/* SPDX-License-Identifier: MIT */
/* What counts as standing still, with a clock of the test. */

#include "daemon/control/health.h"

#include "config/config.h"
#include "daemon/engine/engine.h"
#include "daemon/loop/mailbox.h"
#include "daemon/output/committer.h"
#include "daemon/output/output_impl.h"
#include "daemon/worker/worker.h"
#include "daemon/worker/workers.h"
#include "tests/unit.h"
#include <sched.h>

#define START (1000 * USEC_PER_SEC)
#define LIMIT (10 * USEC_PER_SEC)

typedef struct Fixture {
        Worker worker;
        Workers workers;
        Output output, *items[1];
        Engine engine;
        Health health;
} Fixture;

static void begin(Fixture *f) {
        static const OutputVtable vtable = { 0 };

        *f = (Fixture){ .workers = { .n = 1 }, .output.vtable = &vtable };
        f->workers.items = &f->worker;
        f->items[0] = &f->output;
        f->output.pool = buffer_pool_new(16, 16);
        f->output.name = (char *)"x";
        f->engine.workers = &f->workers;
        f->engine.outputs = (OutputList){ f->items, 1 };
        assert_int_equal(committer_new(&f->engine.outputs, &f->workers.group, &f->engine.committer),
                         0);
}

static void end(Fixture *f) {
        health_done(&f->health);
        (void)committer_free(f->engine.committer);
        (void)buffer_pool_free(f->output.pool);
}

/* The pulse of the committer is not the matter here: between two checks, it has waited. */
static const char *check(Fixture *f, uint64_t after) {
        while (!atomic_load(&committer_pulse(f->engine.committer)->waiting))
                (void)sched_yield();
        return health_check(&f->health, &f->engine, START + after, LIMIT);
}

static void test_worker(void **state _unused_) {
        Pulse *p;
        Fixture f;

        begin(&f);
        p = &f.worker.loop.pulse;
        pulse_go(p);
        assert_null(check(&f, 0));
        assert_null(check(&f, LIMIT));
        assert_string_equal(check(&f, LIMIT + 1), "a worker is stuck");
        pulse_go(p);
        assert_null(check(&f, LIMIT + 2));

        /* it waits for something to do */
        pulse_wait(p);
        assert_null(check(&f, 3 * LIMIT));
        pulse_go(p);
        assert_null(check(&f, 4 * LIMIT));
        end(&f);
}

/* A system call for an output excuses everybody. */
static void test_busy_output(void **state _unused_) {
        Fixture f;

        begin(&f);
        pulse_go(&f.worker.loop.pulse);
        output_enter(&f.output);
        assert_null(check(&f, 0));
        assert_null(check(&f, 5 * LIMIT));
        output_leave(&f.output);
        assert_null(check(&f, 6 * LIMIT));
        assert_string_equal(check(&f, 7 * LIMIT + 1), "a worker is stuck");
        end(&f);
}

static void test_commits(void **state _unused_) {
        Pulse *p;
        Fixture f;

        begin(&f);
        p = &f.worker.loop.pulse;
        pulse_wait(p);
        atomic_store(&p->owes, true);
        assert_null(check(&f, 0));
        assert_string_equal(check(&f, LIMIT + 1), "pending messages make no progress");
        atomic_fetch_add(&p->n_done, 1);
        assert_null(check(&f, LIMIT + 2));
        atomic_store(&p->owes, false);
        assert_null(check(&f, 5 * LIMIT));
        end(&f);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_worker),
                cmocka_unit_test(test_busy_output),
                cmocka_unit_test(test_commits),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
