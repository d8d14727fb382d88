/* SPDX-License-Identifier: MIT */
/* The account: threads count messages received and resolved while somebody looks at it. */

#include "core/stats.h"

#include "core/macro.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
/* cmocka wants the above */
#include <cmocka.h>

#define ROUNDS 300000
#define WRITERS 2
/* So many messages of a thread wait at most. */
#define IN_FLIGHT 7

typedef struct Load {
        Stats stats;
        atomic_uint n_ended;
} Load;

static void *count_messages(void *userdata) {
        Load *l = userdata;

        for (unsigned i = 0; i < ROUNDS; i++) {
                counter_add(&l->stats.received, 4);
                counter_add(&l->stats.recorded, 1);
                counter_add(&l->stats.received, IN_FLIGHT - 3);
                counter_add(&l->stats.failed, 2);
                counter_add(&l->stats.refused, 1);
                counter_add(&l->stats.recorded, IN_FLIGHT - 3);
        }
        atomic_fetch_add(&l->n_ended, 1);
        return NULL;
}

static void assert_adds_up(const StatsAccount *a) {
        assert_true(a->received == a->recorded + a->refused + a->failed + a->waiting);
}

static void test_every_look(void **state _unused_) {
        static Load l;
        pthread_t threads[WRITERS];
        StatsAccount a = { 0 };

        for (size_t i = 0; i < WRITERS; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, count_messages, &l), 0);
        while (atomic_load(&l.n_ended) < WRITERS) {
                StatsAccount before = a;

                a = stats_read(&l.stats);
                assert_adds_up(&a);
                assert_true(a.waiting <= WRITERS * IN_FLIGHT);
                assert_true(a.received >= before.received && a.recorded >= before.recorded);
        }
        for (size_t i = 0; i < WRITERS; i++)
                assert_int_equal(pthread_join(threads[i], NULL), 0);

        a = stats_read(&l.stats);
        assert_true(a.received == (uint64_t)WRITERS * ROUNDS * (IN_FLIGHT + 1));
        assert_true(a.recorded == (uint64_t)WRITERS * ROUNDS * (IN_FLIGHT - 2));
        assert_true(a.waiting == 0);
        assert_adds_up(&a);
}

static void test_sum(void **state _unused_) {
        Stats s = { .received = 9,
                    .recorded = 3,
                    .refused = 2,
                    .failed = 1,
                    .kernel_drops = 5,
                    .handshakes = 7,
                    .handshakes_timed_out = 4 };
        const StatsAccount a = stats_read(&s);
        StatsAccount sum = a;

        assert_true(a.waiting == 3);
        stats_sum(&sum, &a);
        assert_true(sum.received == 18 && sum.waiting == 6 && sum.kernel_drops == 10);
        assert_true(sum.handshakes == 14 && sum.handshakes_timed_out == 8);
        assert_adds_up(&sum);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_look),
                cmocka_unit_test(test_sum),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
