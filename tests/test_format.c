/* SPDX-License-Identifier: MIT */
/* Figures for people: units, digits, and where one unit gives way to the next. */

#include "ctl/format.h"

#include "core/clock.h"
#include "core/macro.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
/* cmocka wants the above */
#include <cmocka.h>

typedef struct Case {
        uint64_t value;
        const char *text;
} Case;

static void check(const Case table[], size_t n, void (*format)(uint64_t, char *)) {
        for (size_t i = 0; i < n; i++) {
                char buf[FORMAT_MAX];

                format(table[i].value, buf);
                assert_string_equal(buf, table[i].text);
        }
}

static void test_short(void **state _unused_) {
        static const Case table[] = {
                { 0, "0" },
                { 999, "999" },
                { 1000, "1.0k" },
                { 12399, "12.3k" },
                { 99999, "99.9k" },
                { 100000, "100k" },
                { 999999, "999k" },
                { 1000000, "1.0M" },
                { 4560000000, "4.5G" },
                { UINT64_MAX, "18.4E" },
        };

        check(table, ELEMENTSOF(table), format_short);
}

static void test_bytes(void **state _unused_) {
        static const Case table[] = {
                { 0, "0B" },
                { 1023, "1023B" },
                { 1024, "1.0K" },
                { 1536, "1.5K" },
                { 102400, "100K" },
                { 64 << 20, "64.0M" },
                { UINT64_MAX, "16.0E" },
        };

        check(table, ELEMENTSOF(table), format_bytes);
}

static void test_span(void **state _unused_) {
        static const Case table[] = {
                { 0, "0us" },
                { 999, "999us" },
                { 1000, "1ms" },
                { 2500, "2.5ms" },
                { 10500, "10ms" },
                { USEC_PER_SEC - 1, "999ms" },
                { 5 * USEC_PER_SEC, "5s" },
                { 5900 * USEC_PER_MSEC, "5s" },
                { 65 * USEC_PER_SEC, "1min 5s" },
                { 3 * 3600 * USEC_PER_SEC + 59 * USEC_PER_SEC, "3h" },
                { 3 * 3600 * USEC_PER_SEC + 150 * USEC_PER_SEC, "3h 2min" },
                { 90000 * USEC_PER_SEC, "1d 1h" },
                { 2 * 31557600 * USEC_PER_SEC, "2y" },
        };

        check(table, ELEMENTSOF(table), format_span);
}

static void test_time(void **state _unused_) {
        static const Case table[] = {
                { 0, "Thu 1970-01-01 01:00:00 XXX" },
                { UINT64_C(1795388400999999), "Mon 2026-11-23 00:00:00 XXX" },
        };

        check(table, ELEMENTSOF(table), format_time);
}

static void test_ago(void **state _unused_) {
        uint64_t now = clock_realtime();
        char buf[FORMAT_MAX];

        format_ago(now - 3 * 86400 * USEC_PER_SEC - 7300 * USEC_PER_SEC, buf);
        assert_string_equal(buf, "3d 2h ago");
        format_ago(now + 3600 * USEC_PER_SEC, buf); /* another clock */
        assert_string_equal(buf, "0us ago");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_short), cmocka_unit_test(test_bytes),
                cmocka_unit_test(test_span),  cmocka_unit_test(test_time),
                cmocka_unit_test(test_ago),
        };

        (void)setenv("TZ", "XXX-1", 1);
        tzset();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
