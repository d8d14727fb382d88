/* SPDX-License-Identifier: MIT */
/* When the log hears of datagrams that the kernel drops. */

#include "daemon/net/listener.h"

#include "config/config.h"
#include "tests/stderr_text.h"
#include "tests/unit.h"
#include <string.h>

static void test_losing(void **state _unused_) {
        ConfigListener config = { .name = (char *)"x" };
        Listener l = { .config = &config };
        uint64_t now = 1000 * USEC_PER_SEC;

        assert_false(listener_report_changes(&l, now));
        counter_add(&l.stats.kernel_drops, 3);
        assert_true(listener_report_changes(&l, now));
        assert_true(listener_report_changes(&l, now + 4 * USEC_PER_SEC));
        counter_add(&l.stats.kernel_drops, 1);
        assert_true(listener_report_changes(&l, now + 4 * USEC_PER_SEC));
        assert_true(listener_report_changes(&l, now + 14 * USEC_PER_SEC - 1));
        assert_false(listener_report_changes(&l, now + 14 * USEC_PER_SEC));
        assert_int_equal(atomic_load(&l.losing.n_told), 4);
}

/* Drops now and then, less than 10 s apart, are one fault: two beginnings are never logged nearer. */
static void test_now_and_then(void **state _unused_) {
        ConfigListener config = { .name = (char *)"x" };
        Listener l = { .config = &config };
        uint64_t now = 1000 * USEC_PER_SEC, last = 0;
        char text[STDERR_TEXT_MAX];
        unsigned n_begin = 0;

        for (uint64_t pause = 1; pause <= 12; pause++)
                for (uint64_t i = 0; i < 3 * pause; i++, now += USEC_PER_SEC) {
                        int before = stderr_catch();

                        if (i % pause == 0)
                                counter_add(&l.stats.kernel_drops, 1);
                        (void)listener_report_changes(&l, now);
                        if (!strstr(stderr_release(before, text), "the kernel drops"))
                                continue;
                        assert_true(n_begin++ == 0 || now - last >= 10 * USEC_PER_SEC);
                        last = now;
                }
        /* Pauses of 11 s and 12 s end it. */
        assert_int_equal(n_begin, 1 + 2 + 3);
}

/* Drops that nobody has looked at yet do not keep the last line from being logged. */
static void test_account(void **state _unused_) {
        ConfigListener config = { .name = (char *)"x" };
        Listener l = { .config = &config };

        counter_add(&l.stats.kernel_drops, 3);
        assert_true(listener_report_changes(&l, 1000 * USEC_PER_SEC));
        counter_add(&l.stats.kernel_drops, 2);
        listener_log_account(&l);
        assert_false(episode_lasts(&l.losing));
        assert_int_equal(atomic_load(&l.losing.n_told), 5);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_losing),
                cmocka_unit_test(test_now_and_then),
                cmocka_unit_test(test_account),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
