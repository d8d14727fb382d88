/* SPDX-License-Identifier: MIT */
/* A header that is like the last one: what is found is what would be found without looking back. */

#include "core/syslog_memo.h"

#include "tests/unit.h"
#include <string.h>

#define USUAL "<38>1 2026-11-22T10:34:00.123456+01:00 web1 sshd 4711 - - "
#define LEGACY "<38>Nov 22 10:34:00 web1 sshd[4711]: "

/* In memory of exactly its size, for the sanitizers. Returns whether the header was known. */
static bool parse(SyslogMemo *m, const char *line) {
        const size_t n = strlen(line);
        char *copy = test_malloc(n + 1);
        SyslogMemo fresh = { 0 };
        bool found, known;

        memcpy(copy, line, n);
        memset(m->text + m->size, '0',
               sizeof(m->text) - m->size); /* what is not kept is not read */
        found = syslog_memo_parse(m, copy, n);
        assert_int_equal(found, syslog_memo_parse(&fresh, copy, n));
        assert_int_equal(m->header.priority, fresh.header.priority);
        assert_int_equal(m->header.size, fresh.header.size);
        assert_int_equal(m->header.plain_size, fresh.header.plain_size);
        for (SyslogField f = 0; f < SYSLOG_HEADER_MAX_; f++) {
                assert_int_equal(m->header.fields[f].size, fresh.header.fields[f].size);
                if (fresh.header.fields[f].size > 0)
                        assert_ptr_equal(m->header.fields[f].data, fresh.header.fields[f].data);
        }
        known = m->size > 0 && memcmp(m->text, copy, m->size) != 0;
        test_free(copy);
        return known;
}

/* Only digits differ: the header is not kept again. */
static void test_known(void **state _unused_) {
        SyslogMemo m = { 0 };

        assert_false(parse(&m, LEGACY "x"));
        assert_int_equal(m.size, strlen(LEGACY));
        assert_true(parse(&m, "<38>Nov 23 20:00:00 web7 sshd[1111]: y"));
        assert_false(parse(&m, LEGACY "x")); /* that is what is kept */
        assert_false(parse(&m, "<38>Dec 23 20:00:00 web7 sshd[1111]: y"));
        assert_true(parse(&m, "<38>Dec 24 20:00:00 web7 sshd[1112]: y"));
        assert_true(parse(&m, "<38>Dec 25 20:00:00 web7 sshd[1112]: [y]"));
        assert_false(parse(&m, USUAL "x"));
        assert_int_equal(m.size, 0);
}

/* Nearly the same, or with what may be more of the header behind it. */
static void test_unknown(void **state _unused_) {
        static const char *const lines[] = {
                "",
                "x",
                "<39>1 2026-11-22T10:34:00.123456+01:00 web1 sshd 4711 - - x",
                "<38>0 2026-11-22T10:34:00.123456+01:00 web1 sshd 4711 - - x",
                "<38>2 2026-11-22T10:34:00.123456+01:00 web1 sshd 4711 - - x",
                "<38>1 2026-11-22T10:34:00.123456+01:00 web1 sshd 471x - - x",
                "<38>1 2026-11-22T10:34:00.123456+01:00 web1 sshd 471",
                USUAL,
                USUAL " ",
                USUAL " x",
                USUAL "[a b=\"c\"] x",
                USUAL "\xef\xbb\xbfx",
                "<38>Nov 22 10:34:00 web1 sshd[471x]: x",
                "<38>Nov 22 10:34:00 web1 sshd[4711]x x",
                "<38>Nov 22 10:34:00 web1 sshd[4711]:",
                LEGACY,
                LEGACY " x",
                LEGACY "[x]",
                "<38>11: Nov 22 10:34:00 web1 sshd[4711]: x",
                "<38>Nov 22 10:34:00 sshd[4711]: x",
                "<38>Nov 22 10:34:00 sshd: hello",
                "<38>Nov 22 10:34:00 sshd: %hello",
                "<38>h: 7: Nov 22 10:34:00: %A-1-B: x",
                "<38>sshd: x",
                "<38>1 2026-11-22T10:34:00Z web1 sshd 4711 ID47 [a]x",
                "<38>1 2026-11-22T10:34:00Z web1 sshd 4711 - [a b=\"c\"] x",
                "<38>1 2026-11-22T10:34:00Z web1 sshd 4711 - [a]x",
                "Nov 22 10:34:00 web1 sshd[4711]: x",
                "<38>Nov 22 10:34:00 "
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                "aaaaaa"
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa sshd[4711]: x",
        };

        for (size_t i = 0; i < ELEMENTSOF(lines); i++) {
                SyslogMemo m = { 0 };

                (void)parse(&m, USUAL "x");
                assert_false(parse(&m, lines[i]));
                (void)parse(&m, LEGACY "x");
                assert_false(parse(&m, lines[i]));
                assert_false(parse(&m, lines[i]));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_known),
                cmocka_unit_test(test_unknown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
