/* SPDX-License-Identifier: MIT */
/* What is JSON and what is not (RFC 8259), and the values of members. */

#include "ctl/json_scan.h"

#include "unit.h"
#include <errno.h>
#include <string.h>

/* Returns the number of members, or negative errno. */
static int count(const char *text) {
        JsonScan s;
        JsonMember m;
        int n = 0, r = json_scan_begin(&s, text, strlen(text));

        while (r >= 0 && (r = json_scan_next(&s, &m)) > 0)
                n++;
        return r < 0 ? r : n;
}

static void test_json(void **state _unused_) {
        static const struct {
                const char *text;
                int n;
        } good[] = {
                { "{}", 0 },
                { " { } ", 0 },
                { "{\"a\":1}", 1 },
                { "{ \"a\" : -0.5e+10 , \"b\" : [ ] }", 2 },
                { "{\"a\":true,\"b\":false,\"c\":null,\"d\":0}", 4 },
                { "{\"a\":[[[1,{\"b\":[]}],2],{}],\"c\":{\"d\":{\"e\":1},\"f\":2}}", 2 },
                { "{\"\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00E4\\ud83d\\uDE00\xc3\xa4\"}", 1 },
                { "{\"a\":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]}", 1 }, /* as deep as can be */
        };
        static const char *const bad[] = {
                "",
                "1",
                "[]",
                "{",
                "{\"a\"",
                "{\"a\":",
                "{\"a\":1",
                "{\"a\":1,",
                "{\"a\":1,}",
                "{,}",
                "{\"a\":1}x",
                "{\"a\":1 \"b\":2}",
                "{a:1}",
                "{\"a\" 1}",
                "{\"a\":01}",
                "{\"a\":-}",
                "{\"a\":1.}",
                "{\"a\":1e}",
                "{\"a\":+1}",
                "{\"a\":.5}",
                "{\"a\":tru}",
                "{\"a\":nul}",
                "{\"a\":falsy}",
                "{\"a\":\"}",
                "{\"a\":\"\\}",
                "{\"a\":\"\\x\"}",
                "{\"a\":\"\\u12\"}",
                "{\"a\":\"\\u12g4\"}",
                "{\"a\":\"\\ud83d\"}",
                "{\"a\":\"\\ud83dxxxxxx\"}",
                "{\"a\":\"\\ud83d\\u0041\"}",
                "{\"a\":\"\\ude00\"}",
                "{\"a\":\"\x01\"}",
                "{\"a\":\"\xff\"}",
                "{\"a\":\"\xc3\"}",
                "{\"a\":[}",
                "{\"a\":[1}",
                "{\"a\":[1,]}",
                "{\"a\":{\"b\"}}",
                "{\"a\":{\"b\":}}",
                "{\"a\":{1:2}}",
                "{\"a\":[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]}",
        };

        for (size_t i = 0; i < ELEMENTSOF(good); i++)
                assert_int_equal(count(good[i].text), good[i].n);
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_int_equal(count(bad[i]), -EBADMSG);
}

static JsonMember first(const char *text) {
        JsonScan s;
        JsonMember m;

        assert_int_equal(json_scan_begin(&s, text, strlen(text)), 0);
        assert_int_equal(json_scan_next(&s, &m), 1);
        return m;
}

static void test_strings(void **state _unused_) {
        JsonMember m = first(
                "{\"key\":\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e4\\u20ac\\ud83d\\ude00z\"}");
        static const char expected[] = "a\"\\/\b\f\n\r\tA\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z";
        char text[128];
        size_t size;

        assert_true(json_scan_is(&m, "key"));
        assert_false(json_scan_is(&m, "ke"));
        assert_false(json_scan_is(&m, "kex"));
        assert_int_equal(json_scan_string(&m, text, &size), 0);
        assert_int_equal(size, sizeof(expected) - 1);
        assert_memory_equal(text, expected, size);
        m = first("{\"a\":1}");
        assert_int_equal(json_scan_string(&m, text, &size), -EBADMSG);
}

static void test_numbers(void **state _unused_) {
        static const struct {
                const char *text;
                uint64_t max;
                int r;
                uint64_t n;
        } table[] = {
                { "{\"a\":0}", 0, 0, 0 },
                { "{\"a\":65535}", UINT16_MAX, 0, 65535 },
                { "{\"a\":65536}", UINT16_MAX, -EBADMSG, 0 },
                { "{\"a\":18446744073709551615}", UINT64_MAX, 0, UINT64_MAX },
                { "{\"a\":18446744073709551616}", UINT64_MAX, -EBADMSG, 0 },
                { "{\"a\":99999999999999999999}", UINT64_MAX, -EBADMSG, 0 },
                { "{\"a\":-1}", UINT64_MAX, -EBADMSG, 0 },
                { "{\"a\":1.0}", UINT64_MAX, -EBADMSG, 0 },
                { "{\"a\":\"1\"}", UINT64_MAX, -EBADMSG, 0 },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                const JsonMember m = first(table[i].text);
                uint64_t n = 0;

                assert_int_equal(json_scan_number(&m, table[i].max, &n), table[i].r);
                assert_int_equal(n, table[i].n);
        }
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_json),
                cmocka_unit_test(test_strings),
                cmocka_unit_test(test_numbers),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
