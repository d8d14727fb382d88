/* SPDX-License-Identifier: MIT */
/* Names of certificates, patterns, fingerprints. */

#include "core/tls_name.h"

#include "core/macro.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants the above */
#include <cmocka.h>

static void test_escape(void **state) {
        static const struct {
                const char *name, *text;
        } table[] = {
                { "scale-7.plant.example", "scale-7.plant.example" },
                { "urn:plant:scale-7", "urn:plant:scale-7" },
                { "*.a_b/c@d+e", "*.a_b/c@d+e" },
                { "a b", "a\\x20b" },
                { "\"\\\n", "\\x22\\x5c\\x0a" },
                { "\xc3\xa9", "\\xc3\\xa9" },
        };
        char buf[TLS_PEER_NAME_MAX + 1], name[TLS_PEER_NAME_MAX + 2];

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                assert_int_equal(tls_name_escape(table[i].name, strlen(table[i].name), buf), 0);
                assert_string_equal(buf, table[i].text);
        }
        assert_int_equal(tls_name_escape("", 0, buf), -EINVAL);
        assert_int_equal(tls_name_escape("a\0b", 3, buf), -EINVAL);
        memset(name, 'x', sizeof(name));
        assert_int_equal(tls_name_escape(name, TLS_PEER_NAME_MAX, buf), 0);
        assert_int_equal(strlen(buf), TLS_PEER_NAME_MAX);
        assert_int_equal(tls_name_escape(name, TLS_PEER_NAME_MAX + 1, buf), -EINVAL);
        name[TLS_PEER_NAME_MAX - 1] = ' ';
        assert_int_equal(tls_name_escape(name, TLS_PEER_NAME_MAX, buf), -EINVAL);
}

static void test_patterns(void **state) {
        static const char *const good[] = { "a", "*.plant.example", "urn:x:y", "*.x" },
                                 *const bad[] = { "", "*", "*.", "a*b", "a.*", "*.*.x", "**.x" };
        char text[TLS_NAME_PATTERN_MAX + 2];

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(good); i++)
                assert_null(tls_name_pattern_error(good[i]));
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_non_null(tls_name_pattern_error(bad[i]));
        memset(text, 'x', sizeof(text));
        text[TLS_NAME_PATTERN_MAX] = '\0';
        assert_null(tls_name_pattern_error(text));
        text[TLS_NAME_PATTERN_MAX] = 'x';
        text[TLS_NAME_PATTERN_MAX + 1] = '\0';
        assert_non_null(tls_name_pattern_error(text));
}

static void test_matches(void **state) {
        static const struct {
                const char *pattern, *name;
                bool matches;
        } table[] = {
                { "a.example", "a.example", true },      { "a.example", "A.Example", true },
                { "a.example", "b.example", false },     { "a.example", "a.example.org", false },
                { "*.example", "a.example", true },      { "*.Example", "a.eXample", true },
                { "*.example", "a.b.example", false },   { "*.example", "example", false },
                { "*.example", ".example", false },      { "*.example", "aexample", false },
                { "*.example", "*.example", true },      { "*.example", "urn:x.example", false },
                { "*.example", "u@x.example", false },   { "urn:plant:7", "urn:plant:7", true },
                { "urn:plant:7", "URN:plant:7", false }, { "a@b", "A@b", false },
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                assert_int_equal(tls_name_matches(table[i].pattern, table[i].name),
                                 table[i].matches);
}

#define DIGITS "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"

static void test_fingerprints(void **state) {
        static const char *const bad[] = {
                "",
                "sha256:",
                "sha1:" DIGITS "f",
                DIGITS "f",
                "sha256:" DIGITS,
                "sha256:" DIGITS "ff",
                "sha256:" DIGITS "g",
                "sha256:0:" DIGITS,
                "sha256:" DIGITS "f:",
        };
        char text[TLS_PEER_FINGERPRINT_MAX + 1];

        (void)state;
        assert_int_equal(tls_name_parse_fingerprint("sha256:" DIGITS "F", text), 0);
        assert_string_equal(text, DIGITS "f");
        assert_int_equal(
                tls_name_parse_fingerprint("sha256:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:ab:cd:ef:"
                                           "01:23:45:67:89:ab:cd:ef:01:23:45:67:89:ab:cd:ef",
                                           text),
                0);
        assert_string_equal(text, DIGITS "f");
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_int_equal(tls_name_parse_fingerprint(bad[i], text), -EINVAL);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_escape),
                cmocka_unit_test(test_patterns),
                cmocka_unit_test(test_matches),
                cmocka_unit_test(test_fingerprints),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
