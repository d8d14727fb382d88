/* SPDX-License-Identifier: MIT */
/* Users take turns, whatever each has; each has so many places. */

#include "daemon/control/control_queue.h"

#include "core/macro.h"
#include <setjmp.h>
#include <stdarg.h>
/* cmocka wants the above */
#include <cmocka.h>

static void expect_next(ControlQueue *q, ControlTurn *wanted) {
        assert_ptr_equal(TAILQ_FIRST(&q->turns), wanted);
        control_queue_remove(q, wanted);
}

static void test_one_user(void **state _unused_) {
        ControlTurn t[3];
        ControlQueue q;

        control_queue_init(&q);
        for (size_t i = 0; i < ELEMENTSOF(t); i++)
                assert_true(control_queue_add(&q, &t[i], 1));
        assert_int_equal(q.n, 3);
        for (size_t i = 0; i < ELEMENTSOF(t); i++)
                expect_next(&q, &t[i]);
        assert_true(TAILQ_EMPTY(&q.turns));
        assert_int_equal(q.n, 0);
}

/* One has many, another comes later with two: it waits for one call at a time. */
static void test_turns(void **state _unused_) {
        ControlTurn many[6], few[2];
        ControlQueue q;

        control_queue_init(&q);
        for (size_t i = 0; i < 5; i++)
                assert_true(control_queue_add(&q, &many[i], 1));
        expect_next(&q, &many[0]);
        for (size_t i = 0; i < ELEMENTSOF(few); i++)
                assert_true(control_queue_add(&q, &few[i], 2));
        expect_next(&q, &many[1]);
        expect_next(&q, &few[0]);
        /* Who was served and calls again is the last of its user. */
        assert_true(control_queue_add(&q, &many[5], 1));
        expect_next(&q, &many[2]);
        expect_next(&q, &few[1]);
        for (size_t i = 3; i < ELEMENTSOF(many); i++)
                expect_next(&q, &many[i]);
}

/* Who is always served at once has no credit, and no debt. */
static void test_no_memory(void **state _unused_) {
        ControlTurn a[3], b[2];
        ControlQueue q;

        control_queue_init(&q);
        for (size_t i = 0; i < 100; i++) {
                assert_true(control_queue_add(&q, &a[0], 1));
                expect_next(&q, &a[0]);
        }
        for (size_t i = 0; i < ELEMENTSOF(a); i++)
                assert_true(control_queue_add(&q, &a[i], 1));
        for (size_t i = 0; i < ELEMENTSOF(b); i++)
                assert_true(control_queue_add(&q, &b[i], 2));
        expect_next(&q, &a[0]);
        expect_next(&q, &b[0]);
        expect_next(&q, &a[1]);
        expect_next(&q, &b[1]);
        expect_next(&q, &a[2]);
}

/* The first cannot be answered yet. */
static void test_not_the_first(void **state _unused_) {
        ControlTurn a, b[2], c;
        ControlQueue q;

        control_queue_init(&q);
        assert_true(control_queue_add(&q, &a, 1));
        assert_true(control_queue_add(&q, &b[0], 2));
        assert_true(control_queue_add(&q, &b[1], 2));
        control_queue_remove(&q, &b[1]);
        assert_true(control_queue_add(&q, &c, 3));
        expect_next(&q, &a);
        expect_next(&q, &b[0]);
        expect_next(&q, &c);
}

static void test_places(void **state _unused_) {
        static ControlTurn t[CONTROL_QUEUE_MAX], more;
        ControlQueue q;

        control_queue_init(&q);
        for (size_t i = 0; i < ELEMENTSOF(t); i++) {
                const uid_t uid = (uid_t)(i / CONTROL_QUEUE_USER_MAX);

                assert_true(control_queue_add(&q, &t[i], uid));
                if ((i + 1) % CONTROL_QUEUE_USER_MAX == 0)
                        assert_false(control_queue_add(&q, &more, uid));
        }
        assert_false(control_queue_add(&q, &more, 1000));
        control_queue_remove(&q, &t[0]);
        assert_true(control_queue_add(&q, &more, 1000));
        assert_int_equal(q.n, CONTROL_QUEUE_MAX);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_one_user),  cmocka_unit_test(test_turns),
                cmocka_unit_test(test_no_memory), cmocka_unit_test(test_not_the_first),
                cmocka_unit_test(test_places),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
