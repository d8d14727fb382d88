/* SPDX-License-Identifier: MIT */
/* Moments as people type them, at 2026-11-23 10:30:15.5 in a zone that is an hour ahead of UTC. */

#include "ctl/when.h"

#include "core/macro.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>
/* cmocka wants the above */
#include <cmocka.h>

#define MIDNIGHT (UINT64_C(1795388400) * USEC_PER_SEC) /* 2026-11-22T23:00:00Z */
#define NOW (MIDNIGHT + (10 * 3600 + 30 * 60 + 15) * USEC_PER_SEC + 500000)
#define HOUR (3600 * USEC_PER_SEC)
#define DAY (24 * HOUR)

static void test_good(void **state) {
        static const struct {
                const char *text;
                uint64_t usec;
        } table[] = {
                { "now", NOW },
                { "today", MIDNIGHT },
                { "Yesterday", MIDNIGHT - DAY },
                { "tomorrow", MIDNIGHT + DAY },
                { "2026-11-23", MIDNIGHT },
                { "2026-11-23 00:00", MIDNIGHT },
                { "2026-11-23 00:00:00", MIDNIGHT },
                { "2026-11-23T01:00:00Z", MIDNIGHT + 2 * HOUR },
                { "2026-11-22T23:00:00.000001Z", MIDNIGHT + 1 },
                { "2026-11-22 23:00:00 UTC", MIDNIGHT },
                { "2026-11-22 UTC", MIDNIGHT - DAY + HOUR },
                { "2026-11-23 00:00:00.25", MIDNIGHT + 250000 },
                { "01:00", MIDNIGHT + HOUR },
                { "01:00:01", MIDNIGHT + HOUR + USEC_PER_SEC },
                { "@0", 0 },
                { "@1795388400", MIDNIGHT },
                { "@1795388400.5", MIDNIGHT + 500000 },
                { "-1h", NOW - HOUR },
                { "-1h 30min", NOW - HOUR - HOUR / 2 },
                { "-1h30min", NOW - HOUR - HOUR / 2 },
                { "+5s", NOW + 5 * USEC_PER_SEC },
                { "2 hours ago", NOW - 2 * HOUR },
                { "5min 20s ago", NOW - 320 * USEC_PER_SEC },
                { "1 week ago", NOW - 7 * DAY },
                { "200ms ago", NOW - 200000 },
                { "-99999 days", 0 },
                { "01:00Z", MIDNIGHT + 2 * HOUR },
                { "5min", NOW - 5 * 60 * USEC_PER_SEC },
                { "1h 30min", NOW - HOUR - HOUR / 2 },
                { "-1.5h", NOW - HOUR - HOUR / 2 },
        };
        uint64_t usec;

        (void)state;
        /* It is the 23rd here, and still the 22nd in UTC. */
        assert_int_equal(when_parse("22:30Z", MIDNIGHT + HOUR / 4, &usec), 0);
        assert_int_equal(usec, MIDNIGHT - HOUR / 2);
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                usec = 77;
                print_message("%s\n", table[i].text);
                assert_int_equal(when_parse(table[i].text, NOW, &usec), 0);
                assert_int_equal(usec, table[i].usec);
        }
}

static void test_bad(void **state) {
        static const char *const table[] = {
                "",
                " ",
                "soon",
                "2026",
                "2026-13-01",
                "2026-02-31",
                "2026-11-23 25:00",
                "2026-11-23 10",
                "2026-11-23T",
                "2026-11-23 ",
                "2026-11-23 10:00 CET",
                "10:61",
                "@",
                "@x",
                "@1.",
                "@99999999999999999999",
                "-1h ago",
                "-",
                "+",
                "-1",
                "-1 parsec",
                "ago",
                "99999999999999999999s ago",
                "-9999999999999999 weeks",
                "now ",
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                uint64_t usec = 77;

                print_message("%s\n", table[i]);
                assert_int_equal(when_parse(table[i], NOW, &usec), -EINVAL);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_good),
                cmocka_unit_test(test_bad),
        };

        (void)setenv("TZ", "XXX-1", 1);
        tzset();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
