/* SPDX-License-Identifier: MIT */
/* Warnings that journald cannot accept wait in order, for a minute, and a bounded number of them. */

#include "daemon/base/log_recent.h"

#include "core/macro.h"
#include "tests/unit.h"
#include <stdio.h>
#include <string.h>

/* What the journal has got: "1 2 3", with "+" behind those that came late. */
static char journal[1024];
static bool is_full;
static uint64_t now_usec = 1000 * USEC_PER_SEC;

static bool take(const LogLine *l, uint64_t delay_usec) {
        size_t n = strlen(journal);

        if (is_full)
                return false;

        (void)snprintf(journal + n, sizeof(journal) - n, "%s%.*s%s", n > 0 ? " " : "", (int)l->size,
                       l->text, delay_usec > 0 ? "+" : "");
        return true;
}

static void add(unsigned number) {
        LogLine l = { .usec = now_usec };

        l.size = (size_t)snprintf(l.text, sizeof(l.text), "%u", number);
        log_recent_add(&l, take);
}

/* The state is that of the process: two minutes later, nothing is left of what was before. */
static int begin(void **state _unused_) {
        is_full = false;
        now_usec += 121 * USEC_PER_SEC;
        log_recent_retry(now_usec, take);
        *journal = '\0';
        return 0;
}

static size_t count(void) {
        static LogLine lines[LOG_RECENT_MAX];

        return log_recent_copy(now_usec, lines);
}

static void test_order(void **state _unused_) {
        static LogLine lines[LOG_RECENT_MAX];

        add(1);
        is_full = true;
        now_usec += USEC_PER_SEC;
        add(2);
        add(3);
        assert_string_equal(journal, "1");
        assert_int_equal(log_recent_copy(now_usec, lines), 3);
        assert_memory_equal(lines[2].text, "3", 1);
        is_full = false;
        now_usec += USEC_PER_SEC;
        add(4);
        assert_string_equal(journal, "1 2+ 3+ 4");
        assert_int_equal(count(), 4);

        is_full = true;
        add(5);
        log_recent_retry(now_usec, take);
        assert_string_equal(journal, "1 2+ 3+ 4");
        is_full = false;
        log_recent_retry(now_usec, take);
        log_recent_retry(now_usec, take);
        assert_string_equal(journal, "1 2+ 3+ 4 5+");
        assert_int_equal(count(), 5);
}

/* The oldest are kept: they tell how it began. */
static void test_too_many(void **state _unused_) {
        const uint64_t lost = log_recent_lost();

        add(1);
        is_full = true;
        for (unsigned i = 2; i < LOG_RECENT_MAX + 12; i++)
                add(i);
        assert_int_equal(count(), LOG_RECENT_MAX);
        /* The first one had been sent, and gave its place. */
        assert_int_equal(log_recent_lost() - lost, 10);
        is_full = false;
        log_recent_retry(now_usec + 1, take);
        assert_memory_equal(journal, "1 2+ 3+ 4+", 10);
        assert_non_null(strstr(journal, " 33+"));
        assert_null(strstr(journal, " 34+"));
}

static void test_old(void **state _unused_) {
        const uint64_t lost = log_recent_lost();

        add(1);
        is_full = true;
        add(2);
        now_usec += 61 * USEC_PER_SEC;
        assert_int_equal(count(), 0);
        assert_int_equal(log_recent_lost() - lost, 1);
        is_full = false;
        log_recent_retry(now_usec, take);
        assert_string_equal(journal, "1");
        /* The clock was set back: it is not old. */
        add(3);
        now_usec -= 30 * USEC_PER_SEC;
        assert_int_equal(count(), 1);
        now_usec += 30 * USEC_PER_SEC;
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(test_order, begin),
                cmocka_unit_test_setup(test_too_many, begin),
                cmocka_unit_test_setup(test_old, begin),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
