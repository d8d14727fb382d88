/* SPDX-License-Identifier: MIT */
/* Each value is counted in the first place whose bound is not below it. */

#include "core/histogram.h"

#include "core/macro.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka wants the above */
#include <cmocka.h>

static void test_bounds(void **state) {
        (void)state;
        for (size_t i = 0; i < HISTOGRAM_BOUNDS; i++) {
                const uint64_t bound = histogram_bounds_usec[i];
                Histogram h = { 0 };
                HistogramCounts c;

                assert_true(i == 0 || bound > histogram_bounds_usec[i - 1]);
                histogram_add(&h, bound, 3);
                histogram_add(&h, bound + 1, 1);
                c = histogram_read(&h);
                assert_int_equal(c.counts[i], 3);
                assert_int_equal(c.counts[i + 1], 1);
                assert_int_equal(c.n, 4);
                assert_int_equal(c.sum_usec, 4 * bound + 1);
        }
}

static void test_ends(void **state) {
        Histogram h = { 0 };
        HistogramCounts c = histogram_read(&h);

        (void)state;
        assert_int_equal(c.n, 0);
        histogram_add(&h, 0, 5);
        histogram_add(&h, UINT64_C(1) << 40, 2);
        histogram_add(&h, 1, 0);
        c = histogram_read(&h);
        assert_int_equal(c.counts[0], 5);
        assert_int_equal(c.counts[HISTOGRAM_BOUNDS], 2);
        assert_int_equal(c.n, 7);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_bounds),
                cmocka_unit_test(test_ends),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
