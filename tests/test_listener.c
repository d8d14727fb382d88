/* SPDX-License-Identifier: MIT */
/* When the log hears of datagrams that the kernel drops. */

#include "daemon/net/listener.h"

#include "config/config.h"
#include "tests/unit.h"

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
        assert_true(listener_report_changes(&l, now + 9 * USEC_PER_SEC - 1));
        assert_false(listener_report_changes(&l, now + 9 * USEC_PER_SEC));
        assert_int_equal(atomic_load(&l.losing.n_told), 4);
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
                cmocka_unit_test(test_account),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
