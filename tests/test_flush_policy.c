/* SPDX-License-Identifier: MIT */
/* When a worker writes and flushes: every rule on both sides of its limit. */

#include "daemon/intake/flush_policy.h"

#include "tests/unit.h"

typedef struct Case {
        FlushState state;
        FlushAction action;
} Case;

static void check(const Case *cases, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (flush_policy_next(&cases[i].state) != cases[i].action)
                        fail_msg("case %zu gives %d, not %d", i,
                                 (int)flush_policy_next(&cases[i].state), (int)cases[i].action);
}

static void test_woken(void **state _unused_) {
        static const Case cases[] = {
                { { .open = FLUSH_OPEN_NOTHING }, FLUSH_WAIT },
                { { .open = FLUSH_OPEN_PATIENT }, FLUSH_WRITE },
                { { .open = FLUSH_OPEN_PATIENT, .has_input = true }, FLUSH_WAIT },
                { { .open = FLUSH_OPEN_AWAITED }, FLUSH_WRITE },
                /* nothing else to do: flushes itself while that is short */
                { { .flush_wanted = true, .flush_usec = 2000 }, FLUSH_HERE },
                { { .flush_wanted = true, .flush_usec = 2001 }, FLUSH_ASK },
                { { .flush_wanted = true, .serves_datagrams = true }, FLUSH_ASK },
                { { .flush_wanted = true, .serves_datagrams = true, .has_input = true },
                  FLUSH_ASK },
                /* input first: one flush for all, a few times */
                { { .flush_wanted = true, .has_input = true, .flush_usec = 500 }, FLUSH_WAIT },
                { { .flush_wanted = true, .has_input = true, .flush_usec = 501 }, FLUSH_ASK },
                { { .flush_wanted = true, .has_input = true, .n_flush_delayed = 7 }, FLUSH_WAIT },
                { { .flush_wanted = true, .has_input = true, .n_flush_delayed = 8 }, FLUSH_ASK },
        };

        check(cases, ELEMENTSOF(cases));
}

#define STEP .moment = FLUSH_STEP

static void test_step(void **state _unused_) {
        static const Case cases[] = {
                { { STEP, .open = FLUSH_OPEN_AWAITED, .n_read = FLUSH_STEP_SIZE }, FLUSH_ASK },
                { { STEP, .open = FLUSH_OPEN_AWAITED, .n_read = FLUSH_STEP_SIZE - 1 }, FLUSH_WAIT },
                { { STEP, .open = FLUSH_OPEN_PATIENT, .n_read = 2 * FLUSH_STEP_SIZE }, FLUSH_WAIT },
                { { STEP, .open = FLUSH_OPEN_NOTHING, .n_read = 2 * FLUSH_STEP_SIZE }, FLUSH_WAIT },
        };

        check(cases, ELEMENTSOF(cases));
}

#define SERVED .moment = FLUSH_SERVED

static void test_served(void **state _unused_) {
        static const Case cases[] = {
                { { SERVED, .open = FLUSH_OPEN_NOTHING }, FLUSH_WRITE },
                { { SERVED, .open = FLUSH_OPEN_AWAITED }, FLUSH_WRITE },
                { { SERVED, .open = FLUSH_OPEN_PATIENT }, FLUSH_WAIT },
                { { SERVED, .open = FLUSH_OPEN_PATIENT, .must_write = true }, FLUSH_WRITE },
                { { SERVED, .open = FLUSH_OPEN_PATIENT, .n_write_delayed = 15 }, FLUSH_WAIT },
                { { SERVED, .open = FLUSH_OPEN_PATIENT, .n_write_delayed = 16 }, FLUSH_WRITE },
        };

        check(cases, ELEMENTSOF(cases));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_woken),
                cmocka_unit_test(test_step),
                cmocka_unit_test(test_served),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
