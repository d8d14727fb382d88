/* SPDX-License-Identifier: MIT */
/* Each route has commits and room of its own; a reload makes intakes and lets others drain. */

#include "unit.h"

#include "core/macro.h"
#include "core/record.h"
#include "core/stats.h"
#include "daemon/intake/intake.h"
#include "daemon/intake/intakes.h"
#include "daemon/loop/mailbox.h"
#include "daemon/output/commit.h"
#include "daemon/output/output_impl.h"
#include "daemon/output/output_list.h"
#include <string.h>

#define MEMORY ((uint64_t)1024 * 1024)

static OutputList none[4];

static void change(Intakes *a, unsigned n_routes) {
        const OutputRoutes routes = { none, n_routes };
        IntakesChange *c = intakes_prepare(a, &routes);

        assert_non_null(c);
        intakes_change(a, c, &routes, MEMORY);
}

static void add(Intake *in, Stats *stats) {
        const Message m = { "x", 1, 1 };

        intake_begin(in, LEVEL_WRITTEN, stats, NULL, NULL);
        intake_add(in, &m);
        assert_int_equal(intake_end(in), 0);
}

static void recycle_all(Intake *in) {
        for (Level level = 0; level < LEVEL_MAX_; level++) {
                Commit *c = intake_pop(in, level);

                assert_non_null(c);
                if (level == LEVEL_DURABLE)
                        intake_recycle(in, c);
        }
}

static void test_routes(void **state _unused_) {
        Mailbox mailbox;
        Stats stats;
        Intakes a;
        Id first;

        memset(&stats, 0, sizeof(stats));
        assert_int_equal(mailbox_init(&mailbox), 0);
        intakes_init(&a, &mailbox, 3, 7);
        change(&a, 1);
        intakes_set_time(&a, 1, 1);
        assert_int_equal(a.n, 1);
        first = a.items[0]->id;

        /* The one that exists stays the same, with what is pending. */
        add(a.items[0], &stats);
        assert_int_equal(intakes_open(&a), FLUSH_OPEN_PATIENT);
        intakes_commit(&a);
        assert_int_equal(intakes_open(&a), FLUSH_OPEN_NOTHING);
        change(&a, 3);
        assert_int_equal(a.n, 3);
        assert_int_equal(a.n_routes, 3);
        assert_false(intakes_are_idle(&a));
        recycle_all(a.items[0]);
        assert_true(intakes_are_idle(&a));
        for (unsigned i = 1; i < a.n; i++) {
                assert_memory_not_equal(a.items[i]->id.text, first.text, first.first);
                assert_true(a.items[i]->memory_max == MEMORY / 3);
        }
        assert_memory_not_equal(a.items[1]->id.text, a.items[2]->id.text, first.first);

        /* What has no route any more drains. */
        add(a.items[2], &stats);
        intakes_commit(&a);
        change(&a, 1);
        assert_int_equal(a.n, 3);
        assert_int_equal(a.n_routes, 1);
        assert_false(intakes_are_idle(&a));
        recycle_all(a.items[2]);
        assert_true(intakes_are_idle(&a));

        intakes_done(&a);
        mailbox_done(&mailbox);
}

static void test_room(void **state _unused_) {
        Mailbox mailbox;
        Intakes a;

        assert_int_equal(mailbox_init(&mailbox), 0);
        intakes_init(&a, &mailbox, 0, 0);
        change(&a, 2);
        assert_false(intakes_any_is_full(&a));
        assert_false(intakes_check_room(&a));

        a.items[1]->full = true;
        assert_true(intakes_any_is_full(&a));
        assert_false(intakes_are_full(&a));
        a.items[0]->full = true;
        assert_true(intakes_are_full(&a));

        a.items[1]->memory_max = 0; /* for good */
        assert_true(intakes_check_room(&a));
        assert_true(a.items[1]->full);
        assert_false(a.items[0]->full);

        intakes_done(&a);
        mailbox_done(&mailbox);
}

/* Routes are known by their outputs: what waits for another one is not in the way of a route that stays. */
static void test_same_outputs(void **state _unused_) {
        static const OutputVtable vtable = { 0 };
        static Output one = { .vtable = &vtable }, two = { .vtable = &vtable };
        Output *both[] = { &one, &two }, *swapped[] = { &two, &one };
        OutputList before[] = { { both, 1 }, { both + 1, 1 }, { both, 2 } };
        OutputList after[] = { { swapped, 2 }, { both + 1, 1 } };
        const OutputRoutes first = { before, 3 }, second = { after, 2 };
        const Intake *of_two, *of_both, *of_one;
        Mailbox mailbox;
        Intakes a;

        one.pool = buffer_pool_new(64, 1024);
        two.pool = buffer_pool_new(64, 1024);
        assert_int_equal(mailbox_init(&mailbox), 0);
        intakes_init(&a, &mailbox, 0, 0);
        intakes_change(&a, intakes_prepare(&a, &first), &first, MEMORY);
        of_one = a.items[0];
        of_two = a.items[1];
        of_both = a.items[2];

        intakes_change(&a, intakes_prepare(&a, &second), &second, MEMORY);
        assert_ptr_equal(a.items[0], of_both);
        assert_ptr_equal(a.items[1], of_two);
        assert_ptr_equal(a.items[2], of_one);
        assert_int_equal(a.n, 3);

        /* It has drained, and is freed by the next change. */
        intakes_change(&a, intakes_prepare(&a, &second), &second, MEMORY);
        assert_int_equal(a.n, 2);
        assert_ptr_equal(a.items[0], of_both);

        intakes_done(&a);
        mailbox_done(&mailbox);
        (void)buffer_pool_free(one.pool);
        (void)buffer_pool_free(two.pool);
}

/* What was prepared and is not wanted. */
static void test_not_changed(void **state _unused_) {
        const OutputRoutes routes = { none, 4 };
        Mailbox mailbox;
        Intakes a;

        assert_int_equal(mailbox_init(&mailbox), 0);
        intakes_init(&a, &mailbox, 0, 0);
        change(&a, 2);
        assert_null(intakes_change_free(intakes_prepare(&a, &routes)));
        assert_int_equal(a.n, 2);
        assert_null(intakes_change_free(NULL));
        intakes_done(&a);
        mailbox_done(&mailbox);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_routes),
                cmocka_unit_test(test_room),
                cmocka_unit_test(test_same_outputs),
                cmocka_unit_test(test_not_changed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
