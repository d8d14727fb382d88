/* SPDX-License-Identifier: MIT */
/* Which replies are receipts of a template. */

#include "ctl/reply_template.h"

#include "core/macro.h"
#include "tests/unit.h"
#include <string.h>

static void test_matches(void **state _unused_) {
        static const struct {
                const char *text, *data;
                bool matches;
        } table[] = {
                { "ok %i %l", "ok 1k9f3a2b-17 durable", true },
                { "ok %i %l", "ok 1 received", true },
                { "ok %i %l", "ok 1 written truncated", true },
                { "ok %i %l", "ok 1 written truncate", false },
                { "ok %i %l", "ok 1 written ", false },
                { "ok %i %l", "ok 1k9f3a2b-17", false },
                { "ok %i %l", "ok  durable", false },
                { "ok %i %l", "ok A1 durable", false },
                { "ok %i %l", "ok 123456789012345678901234567 durable", false },
                { "ok %i %l", "ok 12345678901234567890123456 durable", true },
                { "ok %i %l", "220 mail.example.com ESMTP", false },
                { "ok %i %l", "", false },
                { "%i%i", "abcabc", true },
                { "%i%i", "abcabd", false },
                { "%ia", "aaa", true },
                { "%i-%i", "a-b-a-b", true },
                { "%l %l", "durable durable", true },
                { "%l %l", "durable written", false },
                { "100%%", "100%", true },
                { "100%%", "100%%", false },
                { "%%i", "%i", true },
                { "%%l%i", "%l7", true },
                { "thanks", "thanks", true },
                { "thanks", "thank", false },
                { "a\n%i", "a\n1", true },
                { "", "", true },
                { "", "x", false },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                assert_int_equal(reply_template_matches(table[i].text, strlen(table[i].text),
                                                        table[i].data, strlen(table[i].data)),
                                 table[i].matches);
}

static void check_line(const char *text, int number, const char *expected) {
        const char *line;

        assert_int_equal(reply_template_line(text, number, &line), strlen(expected));
        assert_memory_equal(line, expected, strlen(expected));
}

static void test_lines(void **state _unused_) {
        check_line("a\nbc\n", 0, "a");
        check_line("a\nbc\n", 1, "bc");
        check_line("a\nbc", 1, "bc");
        check_line("a\n\nc\n", 1, "");
        check_line("a\n", 1, "");
        check_line("a", 7, "");
        check_line("", 0, "");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_matches),
                cmocka_unit_test(test_lines),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
