/* SPDX-License-Identifier: MIT */
/* Token buckets with a false clock: bursts, debts, rates over a long time, and who is evicted. */

#include "core/rate_table.h"

#include "core/macro.h"
#include <setjmp.h>
#include <stdarg.h>
/* cmocka wants the above */
#include <cmocka.h>

#define NOW_USEC (1000 * USEC_PER_SEC)

static AddressKey make_key(uint32_t i) {
        Address a = { .family = AF_INET, .v4.s_addr = htonl(i) };

        return address_key(&a);
}

static int set_up(void **state) {
        *state = rate_table_new();
        return *state ? 0 : -1;
}

static int tear_down(void **state) {
        *state = rate_table_free(*state);
        return 0;
}

static void test_burst(void **state) {
        const Rate rate = { .per_second = 10, .burst = 20 };
        AddressKey one = make_key(1), two = make_key(2);

        assert_int_equal(rate_tokens(rate, rate_table_find(*state, &one), NOW_USEC), 20);
        for (int64_t i = 20; i > 0; i--) {
                assert_int_equal(rate_tokens(rate, rate_table_find(*state, &one), NOW_USEC), i);
                rate_take(rate, rate_table_find(*state, &one), 1, NOW_USEC);
        }
        assert_int_equal(rate_tokens(rate, rate_table_find(*state, &one), NOW_USEC), 0);
        assert_int_equal(rate_tokens(rate, rate_table_find(*state, &two), NOW_USEC), 20);
        /* A part of a token is none. */
        assert_int_equal(rate_tokens(rate, rate_table_find(*state, &one), NOW_USEC + 99999), 0);
        assert_int_equal(rate_tokens(rate, rate_table_find(*state, &one), NOW_USEC + 100000), 1);
        assert_int_equal(
                rate_tokens(rate, rate_table_find(*state, &one), NOW_USEC + 10 * USEC_PER_SEC), 20);
        rate_table_clear(*state);
        assert_int_equal(rate_tokens(rate, rate_table_find(*state, &one), NOW_USEC), 20);
}

/* More than there is. */
static void test_debt(void **state) {
        const Rate rate = { .per_second = 1000, .burst = 1000 };
        AddressKey key = make_key(1);
        int64_t tokens;
        uint64_t wait;

        rate_take(rate, rate_table_find(*state, &key), 4000, NOW_USEC);
        tokens = rate_tokens(rate, rate_table_find(*state, &key), NOW_USEC);
        assert_int_equal(tokens, -3000);
        wait = rate_wait_usec(rate, tokens);
        assert_int_equal(wait, 3001000);
        assert_int_equal(rate_tokens(rate, rate_table_find(*state, &key), NOW_USEC + wait - 1), 0);
        assert_int_equal(rate_tokens(rate, rate_table_find(*state, &key), NOW_USEC + wait), 1);
        assert_int_equal(rate_wait_usec(rate, 1), 0);
        assert_int_equal(rate_wait_usec(rate, 0), 1000);
}

/* Taking as soon as there is a token gives the rate, whatever it is. */
static void test_rate(void **state) {
        static const uint32_t rates[] = { 1, 3, 7, 999, 1000, 30000, 999999, 1000000 };

        for (size_t i = 0; i < ELEMENTSOF(rates); i++) {
                const Rate rate = { .per_second = rates[i], .burst = rates[i] };
                AddressKey key = make_key((uint32_t)i);
                uint64_t now = NOW_USEC, n = 0;

                while (n < UINT64_C(50) * rates[i]) {
                        uint64_t take = 1 + (n * 7919) % (rates[i] / 3 + 1);
                        int64_t tokens = rate_tokens(rate, rate_table_find(*state, &key), now);

                        now += rate_wait_usec(rate, tokens);
                        assert_true(rate_tokens(rate, rate_table_find(*state, &key), now) > 0);
                        rate_take(rate, rate_table_find(*state, &key), take, now);
                        n += take;
                }
                /* The burst came for nothing; the last taken is not waited for. */
                assert_in_range(n, (now - NOW_USEC) * rates[i] / USEC_PER_SEC,
                                (now - NOW_USEC + 3 * USEC_PER_SEC) * rates[i] / USEC_PER_SEC);
        }
}

/* More owners than places: an owner in debt stays in debt, unless all of its set are. */
static void test_eviction(void **state) {
        const Rate rate = { .per_second = 1, .burst = 10 };
        AddressKey debtor = make_key(0);

        rate_take(rate, rate_table_find(*state, &debtor), 1000, NOW_USEC);
        for (uint32_t i = 1; i < 3 * RATE_TABLE_MAX; i++) {
                AddressKey key = make_key(i);

                assert_int_equal(rate_tokens(rate, rate_table_find(*state, &key), NOW_USEC), 10);
                rate_take(rate, rate_table_find(*state, &key), 1, NOW_USEC);
        }
        assert_int_equal(rate_tokens(rate, rate_table_find(*state, &debtor), NOW_USEC), -990);
}

/* Numbers that do not fit anything else. */
static void test_extremes(void **state) {
        const Rate slow = { 1, 1 }, fast = { 1000000, 1000000 };
        AddressKey key = make_key(1);

        rate_take(slow, rate_table_find(*state, &key), UINT32_MAX, NOW_USEC);
        assert_int_equal(rate_tokens(slow, rate_table_find(*state, &key), NOW_USEC),
                         1 - (int64_t)UINT32_MAX);
        assert_int_equal(rate_tokens(fast, rate_table_find(*state, &key), NOW_USEC),
                         1000000 - INT64_C(1000000) * UINT32_MAX);
        assert_null(rate_table_free(NULL));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_burst, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_debt, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_rate, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_eviction, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_extremes, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
