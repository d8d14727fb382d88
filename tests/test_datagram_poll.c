/* SPDX-License-Identifier: MIT */
/* Which rates begin and end the polling of a socket. */

#include "daemon/net/datagram_poll.h"

#include "tests/unit.h"

#define WINDOW (10 * USEC_PER_MSEC)
#define START (1000 * USEC_PER_SEC)

/* As the caller does. */
static bool note(DatagramPoll *p, unsigned n, uint64_t now, bool may) {
        p->polled = datagram_poll_note(p, n, now, may);
        return p->polled;
}

static void test_rates(void **state _unused_) {
        DatagramPoll p = { .window_usec = START };

        /* counted until the window is over */
        assert_false(note(&p, 300, START + 1, true));
        assert_false(note(&p, 199, START + WINDOW, true));
        assert_false(note(&p, 500, START + WINDOW + 1, true));
        assert_true(note(&p, 0, START + 2 * WINDOW, true));

        /* what ends it is half of what began it */
        assert_true(note(&p, 250, START + 3 * WINDOW, false));
        assert_true(note(&p, 249, START + 4 * WINDOW - 1, true));
        assert_false(note(&p, 0, START + 4 * WINDOW, true));
}

static void test_not_allowed(void **state _unused_) {
        DatagramPoll p = { .window_usec = START };

        assert_false(note(&p, 5000, START + WINDOW, false));
        assert_true(note(&p, 5000, START + 2 * WINDOW, true));
}

/* A burst after a long silence is no rate. */
static void test_long_window(void **state _unused_) {
        DatagramPoll p = { .window_usec = START };

        assert_false(note(&p, 5000, START + 2 * WINDOW, true));
        assert_true(note(&p, 5000, START + 4 * WINDOW - 1, true));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rates),
                cmocka_unit_test(test_not_allowed),
                cmocka_unit_test(test_long_window),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
