/* SPDX-License-Identifier: MIT */
/* Rows as JSON, on one line and indented; whatever the texts hold. */

#include "ctl/json.h"

#include "ctl_print.h"

static const Rows two = ROWS(ROW(TEXT("name", "a"), NUMBER("n", UINT64_MAX)),
                             ROW(BOOL("up", true)));

static void print_list(JsonMode mode, const Rows *rows) {
        Json j = { .mode = mode };

        json_rows(&j, NULL, rows);
}

static void print_nested(JsonMode mode) {
        const Rows none = { 0 };
        Json j = { .mode = mode };

        json_begin(&j, NULL, '{');
        json_fields(&j, &two.rows[0]);
        json_rows(&j, "none", &none);
        json_rows(&j, "two", &two);
        json_end(&j, '}');
}

static void test_short(void **state _unused_) {
        const Rows none = { 0 };

        assert_prints(print_list(JSON_SHORT, &none), "[]\n");
        assert_prints(print_list(JSON_SHORT, &two),
                      "[{\"name\":\"a\",\"n\":18446744073709551615},{\"up\":true}]\n");
        assert_prints(print_nested(JSON_SHORT),
                      "{\"name\":\"a\",\"n\":18446744073709551615,\"none\":[],"
                      "\"two\":[{\"name\":\"a\",\"n\":18446744073709551615},{\"up\":true}]}\n");
}

static void test_pretty(void **state _unused_) {
        const Rows one = ROWS(ROW(TEXT("name", "a"), BOOL("up", false)));

        assert_prints(print_list(JSON_PRETTY, &one), "[\n"
                                                     "        {\n"
                                                     "                \"name\": \"a\",\n"
                                                     "                \"up\": false\n"
                                                     "        }\n"
                                                     "]\n");
}

static void test_lists(void **state _unused_) {
        const Rows rows = ROWS(
                ROW(TEXTS("texts", "a", "b"), NUMBERS("numbers", 1, 2, 3), NUMBERS("one", 7)));

        assert_prints(print_list(JSON_SHORT, &rows),
                      "[{\"texts\":[\"a\",\"b\"],\"numbers\":[1,2,3],\"one\":[7]}]\n");
}

static void test_hostile(void **state _unused_) {
        const Rows rows = ROWS(ROW(TEXT("a\"b", "\033[1m\"\\\n"), TEXT("broken", "\xff")));

        assert_prints(print_list(JSON_SHORT, &rows),
                      "[{\"a\\\"b\":\"\\u001b[1m\\\"\\\\\\u000a\",\"broken\":\"\"}]\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_short),
                cmocka_unit_test(test_pretty),
                cmocka_unit_test(test_lists),
                cmocka_unit_test(test_hostile),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
