/* SPDX-License-Identifier: MIT */
/* SipHash-1-3 against what CPython 3.11 computes for the same bytes when its key is zero. */

#include "core/siphash.h"

#include "core/macro.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants the above */
#include <cmocka.h>

static void test_vectors(void **state) {
        static const struct {
                const char *text;
                uint64_t hash;
        } table[] = {
                { "a", UINT64_C(0x407448d2b89b1813) },
                { "hello", UINT64_C(0xe2e77b41cb4e1f9e) },
                { "eight ch", UINT64_C(0x8a51ddb7bbf26eb0) },
                { "fifteen bytes..", UINT64_C(0xe79c1e3d5142bc19) },
                { "twenty-four bytes long, ", UINT64_C(0x45d17691b50f3fb5) },
        };
        static const SiphashSeed zero;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                assert_int_equal(siphash(&zero, table[i].text, strlen(table[i].text)),
                                 table[i].hash);
}

static void test_seed(void **state) {
        SiphashSeed one, other;

        (void)state;
        assert_int_equal(siphash_seed(&one), 0);
        assert_int_equal(siphash_seed(&other), 0);
        assert_int_not_equal(siphash(&one, "x", 1), siphash(&other, "x", 1));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_vectors),
                cmocka_unit_test(test_seed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
