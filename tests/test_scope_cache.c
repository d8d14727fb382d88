/* SPDX-License-Identifier: MIT */
/* When the kernel is asked for the name of an interface, and when a new name is seen. */

#include "core/scope_cache.h"

#include "core/macro.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the above */
#include <cmocka.h>

static unsigned n_asked;
static const char *prefix;

/* In place of that of libc. */
char *if_indextoname(unsigned id, char name[IF_NAMESIZE]) {
        n_asked++;
        if (!prefix)
                return NULL;

        (void)snprintf(name, IF_NAMESIZE, "%s%u", prefix, id);
        return name;
}

static int set_up(void **state _unused_) {
        n_asked = 0;
        prefix = "eth";
        return 0;
}

static void test_asked_once(void **state _unused_) {
        ScopeCache c = { 0 };

        for (uint64_t now = 1; now < USEC_PER_SEC; now += 1000) {
                assert_string_equal(scope_cache_name(&c, 2, now), "eth2");
                assert_string_equal(scope_cache_name(&c, 3, now), "eth3");
        }
        assert_int_equal(n_asked, 2);
}

static void test_renamed(void **state _unused_) {
        ScopeCache c = { 0 };

        assert_string_equal(scope_cache_name(&c, 2, 5), "eth2");
        prefix = "lan";
        assert_string_equal(scope_cache_name(&c, 2, 4 + USEC_PER_SEC), "eth2");
        assert_string_equal(scope_cache_name(&c, 2, 5 + USEC_PER_SEC), "lan2");
        prefix = NULL;
        assert_string_equal(scope_cache_name(&c, 2, 5 + 2 * USEC_PER_SEC), "");
        assert_string_equal(scope_cache_name(&c, 2, 6 + 2 * USEC_PER_SEC), "");
        assert_int_equal(n_asked, 3);
}

static void test_bad_names(void **state _unused_) {
        static const char *const bad[] = { "a b", "\"", "x\n", "\xc3\xbc", "\\" };

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                ScopeCache c = { 0 };

                prefix = bad[i];
                assert_string_equal(scope_cache_name(&c, 1, 0), "");
        }
}

/* As many as there are places are kept; one more replaces the oldest. */
static void test_bounded(void **state _unused_) {
        char expected[IF_NAMESIZE];
        ScopeCache c = { 0 };

        for (unsigned round = 0; round < 3; round++)
                for (uint32_t id = 1; id <= SCOPE_CACHE_MAX; id++) {
                        (void)snprintf(expected, sizeof(expected), "eth%u", id);
                        assert_string_equal(scope_cache_name(&c, id, round * 100 + id), expected);
                }
        assert_int_equal(n_asked, SCOPE_CACHE_MAX);

        assert_string_equal(scope_cache_name(&c, UINT32_MAX, 1000), "eth4294967295");
        assert_string_equal(scope_cache_name(&c, 2, 1000), "eth2");
        assert_int_equal(n_asked, SCOPE_CACHE_MAX + 1);
        assert_string_equal(scope_cache_name(&c, 1, 1000), "eth1");
        assert_int_equal(n_asked, SCOPE_CACHE_MAX + 2);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(test_asked_once, set_up),
                cmocka_unit_test_setup(test_renamed, set_up),
                cmocka_unit_test_setup(test_bad_names, set_up),
                cmocka_unit_test_setup(test_bounded, set_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
