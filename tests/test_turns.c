/* SPDX-License-Identifier: MIT */
/* Owners of addresses take turns, whatever each has. */

#include "core/turns.h"

#include "core/macro.h"
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the above */
#include <cmocka.h>

static Address v4(uint32_t host) {
        return (Address){ .family = AF_INET, .v4.s_addr = htonl(0x0a000000 + host) };
}

static Address v6(const char *text, uint16_t port) {
        Address a;

        assert_int_equal(address_parse(text, port, &a), 0);
        return a;
}

static void test_one_owner(void **state _unused_) {
        const Address peer = v4(1);
        Turns *all = turns_new();
        Turn t[3] = { 0 };

        assert_int_equal(turns_count(all), 0);
        assert_null(turns_next(all));
        for (size_t i = 0; i < ELEMENTSOF(t); i++)
                turns_add(all, &peer, &t[i]);
        turns_add(all, &peer, &t[0]);
        assert_int_equal(turns_count(all), 3);
        for (size_t i = 0; i < ELEMENTSOF(t); i++) {
                assert_true(turns_waits(&t[i]));
                assert_ptr_equal(turns_next(all), &t[i]);
                assert_false(turns_waits(&t[i]));
        }
        assert_null(turns_next(all));
        (void)turns_free(all);
}

/* One has a hundred, another comes later with two: it waits for one thing at a time. */
static void test_turns(void **state _unused_) {
        const Address many = v4(1), few = v4(2);
        Turns *all = turns_new();
        Turn a[100] = { 0 }, b[2] = { 0 };

        for (size_t i = 0; i < ELEMENTSOF(a); i++)
                turns_add(all, &many, &a[i]);
        for (size_t i = 0; i < ELEMENTSOF(b); i++)
                turns_add(all, &few, &b[i]);
        assert_ptr_equal(turns_next(all), &a[0]);
        assert_ptr_equal(turns_next(all), &b[0]);
        assert_ptr_equal(turns_next(all), &a[1]);
        assert_ptr_equal(turns_next(all), &b[1]);
        assert_ptr_equal(turns_next(all), &a[2]);
        assert_ptr_equal(turns_next(all), &a[3]);
        /* What was served and is ready again is the last of its owner. */
        turns_add(all, &many, &a[0]);
        for (size_t i = 4; i < ELEMENTSOF(a); i++)
                assert_ptr_equal(turns_next(all), &a[i]);
        assert_ptr_equal(turns_next(all), &a[0]);
        assert_int_equal(turns_count(all), 0);
        (void)turns_free(all);
}

/* Ports, and addresses of one /64, belong to one owner. */
static void test_owner(void **state _unused_) {
        const Address peers[] = { v6("2001:db8::1", 1), v6("2001:db8::2", 2),
                                  v6("2001:db8:0:1::1", 1) };
        Turns *all = turns_new();
        Turn t[3] = { 0 };

        for (size_t i = 0; i < ELEMENTSOF(t); i++)
                turns_add(all, &peers[i], &t[i]);
        assert_ptr_equal(turns_next(all), &t[0]);
        assert_ptr_equal(turns_next(all), &t[2]);
        assert_ptr_equal(turns_next(all), &t[1]);
        (void)turns_free(all);
}

static void test_remove(void **state _unused_) {
        const Address one = v4(1), other = v4(2);
        Turns *all = turns_new();
        Turn a[3] = { 0 }, b = { 0 };

        for (size_t i = 0; i < ELEMENTSOF(a); i++)
                turns_add(all, &one, &a[i]);
        turns_add(all, &other, &b);
        turns_remove(all, &a[1]);
        turns_remove(all, &a[1]);
        turns_remove(all, &b);
        assert_false(turns_waits(&b));
        assert_ptr_equal(turns_next(all), &a[0]);
        assert_ptr_equal(turns_next(all), &a[2]);
        assert_null(turns_next(all));
        (void)turns_free(all);
}

/* More owners than chains, each with two: each has one before any has its second. */
static void test_many_owners(void **state _unused_) {
        enum {
                N = 1000
        };
        static Turn t[2][N];
        Turns *all = turns_new();

        for (uint32_t i = 0; i < 2 * N; i++) {
                const Address peer = v4(i % N);

                turns_add(all, &peer, &t[i / N][i % N]);
        }
        for (uint32_t i = 0; i < 2 * N; i++)
                assert_ptr_equal(turns_next(all), &t[i / N][i % N]);
        assert_int_equal(turns_count(all), 0);
        (void)turns_free(all);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_one_owner),   cmocka_unit_test(test_turns),
                cmocka_unit_test(test_owner),       cmocka_unit_test(test_remove),
                cmocka_unit_test(test_many_owners),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
