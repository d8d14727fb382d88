/* SPDX-License-Identifier: MIT */
/* Sizes and times with units: what is read, what is refused, and what is printed. */

#include "core/unit.h"

#include "core/macro.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants the above */
#include <cmocka.h>

#define UNTOUCHED 77

typedef struct Case {
        const char *text;
        int r;
        uint64_t value;
} Case;

static void check(int (*parse)(const char *, uint64_t *), const Case *table, size_t n) {
        for (size_t i = 0; i < n; i++) {
                uint64_t value = UNTOUCHED;

                print_message("\"%s\"\n", table[i].text);
                assert_int_equal(parse(table[i].text, &value), table[i].r);
                assert_int_equal(value, table[i].r < 0 ? UNTOUCHED : table[i].value);
        }
}

static void test_sizes(void **state _unused_) {
        static const Case table[] = {
                { "0", 0, 0 },
                { "0K", 0, 0 },
                { "65536", 0, 65536 },
                { "64K", 0, 65536 },
                { "64 K", 0, 65536 },
                { "1.5G", 0, 1610612736 },
                { ".5M", 0, 524288 },
                { "1.M", 0, 1048576 },
                { "1T", 0, 1099511627776 },
                { "0.0001K", 0, 1 },
                { "0.0000001", 0, 1 },
                { "18446744073709551615", 0, UINT64_MAX },
                { "16777215T", 0, 16777215 * (UINT64_C(1) << 40) },
                { "18446744073709551616", -ERANGE, 0 },
                { "99999999999999999999999", -ERANGE, 0 },
                { "16777216T", -ERANGE, 0 },
                { "18446744073709551615.5", -ERANGE, 0 },
                { "", -EINVAL, 0 },
                { ".", -EINVAL, 0 },
                { "K", -EINVAL, 0 },
                { "-64M", -EINVAL, 0 },
                { "+64M", -EINVAL, 0 },
                { " 64M", -EINVAL, 0 },
                { "64M ", -EINVAL, 0 },
                { "64k", -EINVAL, 0 },
                { "64MB", -EINVAL, 0 },
                { "64M64", -EINVAL, 0 },
                { "1,5G", -EINVAL, 0 },
                { "1.5.5G", -EINVAL, 0 },
                { "0x10", -EINVAL, 0 },
                { "1e3", -EINVAL, 0 },
                { "10min", -EINVAL, 0 },
                { "inf", -EINVAL, 0 },
        };

        check(unit_parse_size, table, ELEMENTSOF(table));
}

static void test_times(void **state _unused_) {
        static const Case table[] = {
                { "0", 0, 0 },
                { "30", 0, 30 * USEC_PER_SEC },
                { "0.5", 0, 500000 },
                { "500ms", 0, 500000 },
                { "500 ms", 0, 500000 },
                { "1.5min", 0, 90 * USEC_PER_SEC },
                { "1h 30min", 0, 5400 * USEC_PER_SEC },
                { "1h30m", 0, 5400 * USEC_PER_SEC },
                { "2min 5s 300us", 0, 125000300 },
                { "1d", 0, 86400 * USEC_PER_SEC },
                { "2 weeks", 0, 14 * 86400 * USEC_PER_SEC },
                { "7us", 0, 7 },
                { "0.1us", 0, 1 },
                { "1e", -EINVAL, 0 },
                { "18446744073709", 0, 18446744073709 * USEC_PER_SEC },
                { "18446744073710", -ERANGE, 0 },
                { "18446744073709551615us 1us", -ERANGE, 0 },
                { "", -EINVAL, 0 },
                { "soon", -EINVAL, 0 },
                { "s", -EINVAL, 0 },
                { "-5s", -EINVAL, 0 },
                { "5 s ago", -EINVAL, 0 },
                { "1h 30", -EINVAL, 0 },
                { "10 20", -EINVAL, 0 },
                { "5S", -EINVAL, 0 },
                { "5 parsecs", -EINVAL, 0 },
                { "64K", -EINVAL, 0 },
                { "nan", -EINVAL, 0 },
        };

        check(unit_parse_time, table, ELEMENTSOF(table));
}

/* What follows the times is left for the caller. */
static void test_take(void **state _unused_) {
        const char *p = "1h 2min ago", *bare = "5";
        uint64_t usec;

        assert_int_equal(unit_take_time(&p, &usec), 0);
        assert_int_equal(usec, 3720 * USEC_PER_SEC);
        assert_string_equal(p, "ago");
        assert_int_equal(unit_take_time(&bare, &usec), -EINVAL);
}

static void test_format(void **state _unused_) {
        static const struct {
                void (*format)(uint64_t, char[static UNIT_TEXT_MAX]);
                int (*parse)(const char *, uint64_t *);
                uint64_t value;
                const char *text;
        } table[] = {
                { unit_format_size, unit_parse_size, 0, "0" },
                { unit_format_size, unit_parse_size, 1, "1" },
                { unit_format_size, unit_parse_size, 4096, "4K" },
                { unit_format_size, unit_parse_size, 4097, "4097" },
                { unit_format_size, unit_parse_size, 64 << 20, "64M" },
                { unit_format_size, unit_parse_size, UINT64_C(1) << 40, "1T" },
                { unit_format_size, unit_parse_size, UINT64_MAX, "18446744073709551615" },
                { unit_format_time, unit_parse_time, 0, "0" },
                { unit_format_time, unit_parse_time, 1, "1us" },
                { unit_format_time, unit_parse_time, 500000, "500ms" },
                { unit_format_time, unit_parse_time, 5 * USEC_PER_SEC, "5s" },
                { unit_format_time, unit_parse_time, 90 * USEC_PER_SEC, "90s" },
                { unit_format_time, unit_parse_time, 3600 * USEC_PER_SEC, "1h" },
                { unit_format_time, unit_parse_time, 864000 * USEC_PER_SEC, "10d" },
                { unit_format_time, unit_parse_time, UINT64_MAX, "18446744073709551615us" },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                char text[UNIT_TEXT_MAX];
                uint64_t value = UNTOUCHED;

                table[i].format(table[i].value, text);
                assert_string_equal(text, table[i].text);
                assert_int_equal(table[i].parse(text, &value), 0);
                assert_int_equal(value, table[i].value);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_sizes),
                cmocka_unit_test(test_times),
                cmocka_unit_test(test_take),
                cmocka_unit_test(test_format),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
