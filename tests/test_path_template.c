/* SPDX-License-Identifier: MIT */
/* What is filled in for each kind of peer, and what never is. */

#include "core/path_template.h"

#include "core/macro.h"
#include "core/record.h"
#include "core/record_source.h"
#include "unit.h"
#include <string.h>

static const char *expand(const char *path, const char *peer, const char *listener) {
        static char text[256];
        RecordSource s = { .listener = listener };
        RecordTime time = { 0 };

        record_time_set(&time, UINT64_C(1795737599) * USEC_PER_SEC);
        assert_int_equal(address_parse_peer(peer, 0, &s.peer), 0);
        memset(text, 'x', sizeof(text));
        return path_template_expand(path, &s, &time, text, sizeof(text)) == strlen(text) ? text
                                                                                         : NULL;
}

static void test_parts(void **state _unused_) {
        static const struct {
                const char *path, *peer, *expanded;
        } table[] = {
                { "/a", "192.0.2.1", "/a" },
                { "/a/%{listener}.log", "192.0.2.1", "/a/tcp-1.log" },
                { "/%{peer}/%{date}/%{listener}", "192.0.2.1", "/192.0.2.1/2026-11-26/tcp-1" },
                { "/%{peer}%{peer}", "2001:db8::1", "/2001_db8__12001_db8__1" },
                { "/%{peer}", "::1", "/__1" },
                { "/%{peer}", "fe80::1%lo", "/fe80__1_lo" },
                { "/%{peer}", "uid:1000", "/uid_1000" },
                { "/%{peer}", "vsock:3", "/vsock_3" },
                { "/%%{date}%", "192.0.2.1", "/%2026-11-26%" },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                assert_string_equal(expand(table[i].path, table[i].peer, "tcp-1"),
                                    table[i].expanded);
}

/* Listeners have no such names; should they ever have, they are as harmless as peers. */
static void test_safe(void **state _unused_) {
        static const struct {
                const char *listener, *expanded;
        } table[] = {
                { "..", "/a/_." },    { ".", "/a/_" },         { "../../etc", "/a/_._.._etc" },
                { "a\nb", "/a/a_b" }, { "\xc3\xa4", "/a/__" }, { "a b", "/a/a_b" },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                assert_string_equal(expand("/a/%{listener}", "192.0.2.1", table[i].listener),
                                    table[i].expanded);
}

static void test_room(void **state _unused_) {
        const RecordSource s = { .listener = "abc" };
        const RecordTime time = { 0 };
        char text[8];

        assert_int_equal(path_template_expand("/%{listener}xyz", &s, &time, text, 8), 7);
        assert_string_equal(text, "/abcxyz");
        assert_int_equal(path_template_expand("/%{listener}xyz", &s, &time, text, 7), 0);
        assert_int_equal(path_template_expand("/xx%{listener}", &s, &time, text, 6), 0);
        assert_int_equal(path_template_expand("", &s, &time, text, 1), 0);
}

static void test_questions(void **state _unused_) {
        size_t size;

        assert_false(path_template_is("/a%b{c}"));
        assert_true(path_template_is("/%{x"));
        assert_true(path_template_has("/%{date}/%{peer}", "peer"));
        assert_false(path_template_has("/%{date}/peer", "peer"));
        assert_false(path_template_has("/%{x}", "peer"));
        assert_null(path_template_find_unknown("/%{date}/%{peer}/%{listener}", &size));
        assert_string_equal(path_template_find_unknown("/%{date}/%{host}/x", &size), "%{host}/x");
        assert_int_equal(size, 7);
        assert_string_equal(path_template_find_unknown("/%{peer", &size), "%{peer");
        assert_int_equal(size, 6);
        assert_non_null(path_template_find_unknown("/%{}", &size));
        assert_string_equal(path_template_part_end("%{x}/%{y}"), "/%{y}");
        assert_string_equal(path_template_part_end("%{x"), "");
        assert_non_null(path_template_find_unknown("/%{peers}", &size));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_parts),
                cmocka_unit_test(test_safe),
                cmocka_unit_test(test_room),
                cmocka_unit_test(test_questions),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
