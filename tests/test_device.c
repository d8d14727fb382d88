/* SPDX-License-Identifier: MIT */
/* Names of interfaces, and their numbers. */

#include "core/device.h"

#include "core/macro.h"
#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
/* cmocka wants the above */
#include <cmocka.h>

static void test_names(void **state _unused_) {
        static const char *const good[] = {
                "lo", "eth0", "fifteen-letters", "a.100", "vrf@1", "7"
        };
        static const char *const bad[] = { "",    ".",   "..",   "sixteen--letters", "a b", "a/b",
                                           "a:b", "a%b", "a\tb", "\xc3\xa4" };

        for (size_t i = 0; i < ELEMENTSOF(good); i++)
                assert_true(device_is_name(good[i]));
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_false(device_is_name(bad[i]));
}

static void test_index(void **state _unused_) {
        const unsigned lo = if_nametoindex("lo");
        char number[16];

        (void)snprintf(number, sizeof(number), "%u", lo);
        assert_int_equal(device_index("lo"), lo);
        assert_int_equal(device_index(number), lo);
        assert_int_equal(device_index("no-such-if"), 0);
        assert_int_equal(device_index("999999999"), 0);
        assert_int_equal(device_index("0"), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_names),
                cmocka_unit_test(test_index),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
