/* SPDX-License-Identifier: MIT */
/* Faults that come, last, and go; the log has a line where true or a turn is returned. */

#include "core/episode.h"

#include "core/macro.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka wants the above */
#include <cmocka.h>

#define QUIET 20

static void test_signs(void **state _unused_) {
        Episode e = { 0 };
        uint64_t n = 99;

        assert_false(episode_lasts(&e));
        assert_false(episode_ends(&e, 0, 100, QUIET, &n));
        episode_extend(&e, 100);
        assert_false(episode_lasts(&e));

        assert_true(episode_sign(&e, 100));
        assert_false(episode_sign(&e, 110));
        assert_true(episode_lasts(&e));
        assert_false(episode_ends(&e, 5, 129, QUIET, &n));
        episode_extend(&e, 129);
        assert_false(episode_ends(&e, 5, 130, QUIET, &n));
        assert_int_equal(n, 99);
        assert_true(episode_ends(&e, 5, 149, QUIET, &n));
        assert_int_equal(n, 5);
        assert_false(episode_lasts(&e));
        assert_false(episode_ends(&e, 5, 200, QUIET, &n));
}

static void test_clock_of_another_thread(void **state _unused_) {
        Episode e = { 0 };
        uint64_t n;

        assert_true(episode_sign(&e, 100));
        assert_false(episode_ends(&e, 1, 90, 0, &n));
        assert_true(episode_ends(&e, 1, 100, 0, &n));
}

/* What was counted late belongs to the next one: the sum is never wrong. */
static void test_looks(void **state _unused_) {
        static const struct {
                uint64_t n, now;
                EpisodeTurn turn;
                uint64_t told;
        } looks[] = {
                { 0, 10, EPISODE_AS_BEFORE, 0 },  { 3, 20, EPISODE_BEGINS, 0 },
                { 3, 30, EPISODE_AS_BEFORE, 0 },  { 8, 39, EPISODE_AS_BEFORE, 0 },
                { 8, 58, EPISODE_AS_BEFORE, 0 },  { 8, 59, EPISODE_ENDS, 8 },
                { 8, 99, EPISODE_AS_BEFORE, 0 },  { 9, 110, EPISODE_BEGINS, 0 },
                { 9, 129, EPISODE_AS_BEFORE, 0 }, { 9, 130, EPISODE_ENDS, 1 },
        };
        Episode e = { 0 };

        for (size_t i = 0; i < ELEMENTSOF(looks); i++) {
                uint64_t n = 0;

                assert_int_equal(episode_look(&e, looks[i].n, looks[i].now, QUIET, &n),
                                 looks[i].turn);
                assert_int_equal(n, looks[i].told);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_signs),
                cmocka_unit_test(test_clock_of_another_thread),
                cmocka_unit_test(test_looks),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
