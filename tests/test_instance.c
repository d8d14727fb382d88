/* SPDX-License-Identifier: MIT */
/* Which names an instance may have, and what follows from them. */

#include "core/instance.h"

#include "core/macro.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants the above */
#include <cmocka.h>

#define LONGEST "a2345678901234567890123456789012"

static void test_names(void **state _unused_) {
        static const char *const good[] = { "a", "Z", "lab", "lab-2", "a_b", "a-", LONGEST };
        static const char *const bad[] = { "",    "1a",       "-a",       "_a",  "a.b",
                                           "a/b", "..",       "a b",      "a@b", "a\\x2d",
                                           "a%b", "\xc3\xa4", LONGEST "3" };
        Instance i;

        for (size_t n = 0; n < ELEMENTSOF(good); n++)
                assert_int_equal(instance_init(&i, good[n]), 0);
        for (size_t n = 0; n < ELEMENTSOF(bad); n++)
                assert_int_equal(instance_init(&i, bad[n]), -EINVAL);
}

static void test_without_a_name(void **state _unused_) {
        Instance i;

        assert_int_equal(instance_init(&i, NULL), 0);
        assert_string_equal(i.config, SOCKD_CONFIG_FILE);
        assert_string_equal(i.bus_name, "org.sockd1");
        assert_string_equal(i.service, "sockd");
        assert_string_equal(i.control, "/run/sockd/control");
}

static void test_with_a_name(void **state _unused_) {
        Instance i, again;

        assert_int_equal(instance_init(&i, LONGEST), 0);
        assert_non_null(strstr(i.config, "/sockd/" LONGEST ".conf"));
        assert_string_equal(i.bus_name, "org.sockd1." LONGEST);
        assert_string_equal(i.service, "sockd@" LONGEST);
        assert_string_equal(i.control, "/run/sockd@" LONGEST "/control");

        instance_of_bus_name(&again, i.bus_name);
        assert_string_equal(again.config, i.config);
        assert_string_equal(again.service, i.service);
        instance_of_bus_name(&again, "org.sockd1");
        assert_string_equal(again.service, "sockd");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_names),
                cmocka_unit_test(test_without_a_name),
                cmocka_unit_test(test_with_a_name),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
