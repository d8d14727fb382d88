/* SPDX-License-Identifier: MIT */
/*
 * Counting streams per owner: the limit, the last one out, growth, and a random walk against plain
 * counters.
 */

#include "core/limit.h"

#include "core/macro.h"
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants the above */
#include <cmocka.h>

#define N_KEYS 5000

static AddressKey make_key(uint32_t i) {
        Address a = { .family = AF_INET, .v4.s_addr = htonl(i) };

        return address_key(&a);
}

static void test_limit(void **state) {
        LimitTable *t = limit_table_new();
        AddressKey one = make_key(1);
        AddressKey two = make_key(2);

        (void)state;
        assert_non_null(t);
        assert_int_equal(limit_table_take(t, &one, 0), 0);
        assert_int_equal(limit_table_size(t), 0);
        assert_int_equal(limit_table_take(t, &one, 2), 1);
        assert_int_equal(limit_table_take(t, &one, 2), 1);
        assert_int_equal(limit_table_take(t, &one, 2), 0);
        assert_int_equal(limit_table_take(t, &two, 2), 1);
        assert_int_equal(limit_table_size(t), 2);

        /* a smaller limit after a reload refuses, but takes nothing away */
        assert_int_equal(limit_table_take(t, &one, 1), 0);
        limit_table_give(t, &one);
        assert_int_equal(limit_table_take(t, &one, 1), 0);
        limit_table_give(t, &one);
        assert_int_equal(limit_table_size(t), 1);
        assert_int_equal(limit_table_take(t, &one, 1), 1);
        assert_null(limit_table_free(t));
        assert_null(limit_table_free(NULL));
}

/* The owners are what address_key() says: a /64, one IPv4 or link-local address. */
static void test_owners(void **state) {
        static const struct {
                const char *a;
                const char *b;
                int same;
        } table[] = {
                { "192.0.2.1", "192.0.2.1", 1 },         { "192.0.2.1", "192.0.2.2", 0 },
                { "192.0.2.1", "::ffff:192.0.2.1", 1 },  { "2001:db8::1", "2001:db8::ffff:1", 1 },
                { "2001:db8::1", "2001:db8:0:1::1", 0 }, { "c000:201::", "192.0.2.1", 0 },
                { "fe80::1%1", "fe80::2%1", 0 },         { "fe80::1%1", "fe80::1%1", 1 },
        };
        AddressKey keys[2];
        LimitTable *t;
        Address a;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                t = limit_table_new();
                assert_non_null(t);
                assert_int_equal(address_parse(table[i].a, 1, &a), 0);
                keys[0] = address_key(&a);
                assert_int_equal(address_parse(table[i].b, 2, &a), 0);
                keys[1] = address_key(&a);
                assert_int_equal(limit_table_take(t, &keys[0], 1), 1);
                assert_int_equal(limit_table_take(t, &keys[1], 1), !table[i].same);
                limit_table_free(t);
        }
}

static void test_random(void **state) {
        static unsigned counts[N_KEYS];
        LimitTable *t = limit_table_new();
        uint32_t seed = 12345;
        size_t size = 0;
        AddressKey key;
        unsigned k;

        (void)state;
        assert_non_null(t);
        /* first mostly up, so that it grows, then mostly down, so that gaps are closed */
        for (unsigned round = 0; round < 400000; round++) {
                seed = seed * 1664525 + 1013904223;
                k = (seed >> 8) % N_KEYS;
                key = make_key(k);
                if ((seed >> 28) < (round < 200000 ? 10u : 6u)) {
                        assert_int_equal(limit_table_take(t, &key, 3), counts[k] < 3);
                        size += counts[k] == 0;
                        counts[k] += counts[k] < 3;
                } else if (counts[k] > 0) {
                        limit_table_give(t, &key);
                        counts[k]--;
                        size -= counts[k] == 0;
                }
                assert_int_equal(limit_table_size(t), size);
        }

        for (k = 0; k < N_KEYS; k++) {
                key = make_key(k);
                for (; counts[k] > 0; counts[k]--)
                        limit_table_give(t, &key);
        }
        assert_int_equal(limit_table_size(t), 0);
        limit_table_free(t);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_limit),
                cmocka_unit_test(test_owners),
                cmocka_unit_test(test_random),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
