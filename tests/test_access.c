/* SPDX-License-Identifier: MIT */
/* Access lists: who may speak, and in which order the lists decide. */

#include "daemon/net/access.h"

#include "config/config.h"
#include "core/address.h"
#include "tests/unit.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

static char *inside[] = { (char *)"192.0.2.0/24", (char *)"2001:db8::/32" };
static char *one[] = { (char *)"192.0.2.7" };
static char *proxy[] = { (char *)"10.0.0.1" };
static char *missing[] = { (char *)"@/nonexistent/list" };

static Address address(const char *text) {
        Address a;

        assert_int_equal(address_parse(text, 1, &a), 0);
        return a;
}

static Access *make(const ConfigListener *config) {
        Access *a;

        assert_int_equal(access_new(config, stderr, &a), 0);
        assert_non_null(a);
        return a;
}

static void expect(const Access *a, const char *text, AccessVerdict verdict) {
        Address sender = address(text);

        assert_int_equal(access_decide(a, &sender), verdict);
}

static void expect_peer(const Access *a, const char *text, AccessVerdict verdict) {
        Address peer = address(text);

        assert_int_equal(access_decide_peer(a, &peer), verdict);
}

static void test_no_lists(void **state _unused_) {
        const ConfigListener config = { 0 };
        Access *a;

        assert_int_equal(access_new(&config, stderr, &a), 0);
        assert_null(a);
        assert_false(access_has_proxies(a));
        expect(a, "203.0.113.1", ACCESS_ALLOWED);
        expect_peer(a, "203.0.113.1", ACCESS_ALLOWED);
        assert_null(access_free(a));
}

static void test_allow(void **state _unused_) {
        const ConfigListener config = { .allow = { inside, 2 } };
        Access *a = make(&config);

        expect(a, "192.0.2.1", ACCESS_ALLOWED);
        expect(a, "2001:db8::1", ACCESS_ALLOWED);
        expect(a, "192.0.3.1", ACCESS_NOT_ALLOWED);
        expect_peer(a, "::1", ACCESS_NOT_ALLOWED);
        (void)access_free(a);
}

static void test_deny_wins(void **state _unused_) {
        const ConfigListener both = { .allow = { inside, 2 }, .deny = { one, 1 } };
        const ConfigListener only = { .deny = { one, 1 } };
        Access *a = make(&both);

        expect(a, "192.0.2.7", ACCESS_DENIED);
        expect(a, "192.0.2.8", ACCESS_ALLOWED);
        (void)access_free(a);

        a = make(&only);
        expect(a, "192.0.2.7", ACCESS_DENIED);
        expect(a, "203.0.113.1", ACCESS_ALLOWED);
        (void)access_free(a);
}

/* The lists look at the client that the proxy names. */
static void test_proxies(void **state _unused_) {
        const ConfigListener config = { .allow = { inside, 2 }, .proxies = { proxy, 1 } };
        Access *a = make(&config);

        assert_true(access_has_proxies(a));
        expect_peer(a, "10.0.0.1", ACCESS_ALLOWED);
        expect_peer(a, "192.0.2.1", ACCESS_NO_PROXY);
        expect(a, "192.0.2.1", ACCESS_ALLOWED);
        expect(a, "10.0.0.1", ACCESS_NOT_ALLOWED);
        (void)access_free(a);
}

/* A file that is missing is told once for each listener. */
static void test_missing_file(void **state _unused_) {
        ConfigListener listeners[] = { { .deny = { missing, 1 } }, { .allow = { one, 1 } } };
        const Config config = { .listeners = listeners, .n_listeners = ELEMENTSOF(listeners) };
        _cleanup_free_ char *text = NULL;
        size_t size;
        FILE *errors = open_memstream(&text, &size);
        Access *a;

        assert_non_null(errors);
        assert_true(access_new(&listeners[0], errors, &a) < 0);
        assert_null(a);
        assert_true(access_check(&config, errors) < 0);
        assert_int_equal(fclose(errors), 0);
        assert_non_null(strstr(text, "/nonexistent/list"));
}

static void test_text(void **state _unused_) {
        assert_string_equal(access_text(ACCESS_ALLOWED), "is allowed");
        assert_string_equal(access_text(ACCESS_DENIED), "is in deny");
        assert_string_equal(access_text(ACCESS_NOT_ALLOWED), "is not in allow");
        assert_string_equal(access_text(ACCESS_NO_PROXY), "is not in proxies");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_no_lists),     cmocka_unit_test(test_allow),
                cmocka_unit_test(test_deny_wins),    cmocka_unit_test(test_proxies),
                cmocka_unit_test(test_missing_file), cmocka_unit_test(test_text),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
