/* SPDX-License-Identifier: MIT */
/* What is a multicast group. */

#include "core/group.h"

#include "core/macro.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants the above */
#include <cmocka.h>

static void test_good(void **state _unused_) {
        static const struct {
                const char *text, *host, *device;
                bool scope;
        } table[] = {
                { "224.0.0.1", "224.0.0.1", "", false },
                { "239.255.255.255%eth0", "239.255.255.255", "eth0", false },
                { "ff02::114", "ff02::114", "", true },
                { "ff01::1%lo", "ff01::1", "lo", true },
                { "ff02::114%no-such-if", "ff02::114", "no-such-if", true },
                { "ff15::1%3", "ff15::1", "3", false },
                { "::ffff:239.1.1.1", "239.1.1.1", "", false },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                char text[ADDRESS_TEXT_MAX];
                Group g;

                assert_int_equal(group_parse(table[i].text, &g), 0);
                (void)address_format_host(&g.address, text);
                assert_string_equal(text, table[i].host);
                assert_string_equal(g.device, table[i].device);
                assert_int_equal(address_has_scope(&g.address), table[i].scope);
        }
}

static void test_bad(void **state _unused_) {
        static const char *const bad[] = {
                "",
                "%eth0",
                "223.255.255.255",
                "240.0.0.1",
                "255.255.255.255",
                "239.1.1.1%",
                "239.1.1.1%a b",
                "239.1.1.1%eth0%eth1",
                "239.1.1.1%sixteen--letters",
                "fe80::1%lo",
                "::1",
                "*",
                "ff02::11111",
                /* Longer than any text of an address. */
                ("ff02:0000000000000000000000000000000000000000000000000000000000000000000000000000"
                 "::1"),
        };
        Group g;

        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_int_equal(group_parse(bad[i], &g), -EINVAL);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_good),
                cmocka_unit_test(test_bad),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
