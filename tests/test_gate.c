/* SPDX-License-Identifier: MIT */
/* Threads wait at a closed gate, the main thread hears when all have come, and opens it. */

#include "daemon/loop/gate.h"

#include "unit.h"
#include <poll.h>
#include <stdatomic.h>

#define N_WORKERS 3
#define ROUNDS 200

static atomic_uint n_passed;

static void *pass(void *userdata) {
        gate_pass(userdata);
        atomic_fetch_add(&n_passed, 1);
        return NULL;
}

static void start(Gate *g, pthread_t *threads, size_t n) {
        for (size_t i = 0; i < n; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, pass, g), 0);
}

static void join(const pthread_t *threads, size_t n) {
        for (size_t i = 0; i < n; i++)
                assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void wait_until_full(Gate *g) {
        do
                while (poll(&(struct pollfd){ .fd = g->full.fd, .events = POLLIN }, 1, -1) != 1)
                        ;
        while (!gate_is_full(g));
}

static void test_open(void **state _unused_) {
        Gate g;

        assert_int_equal(gate_init(&g), 0);
        gate_pass(&g);
        assert_false(gate_is_full(&g));
        gate_close(&g, 1);
        assert_false(gate_is_full(&g));
        gate_open(&g);
        gate_pass(&g);
        assert_false(gate_is_full(&g));
        gate_done(&g);
        gate_done(&g);
}

/* Nobody passes before it is opened: what the main thread changes then is its own. */
static void test_rounds(void **state _unused_) {
        pthread_t threads[N_WORKERS];
        Gate g;

        assert_int_equal(gate_init(&g), 0);
        for (int i = 0; i < ROUNDS; i++) {
                atomic_store(&n_passed, 0);
                gate_close(&g, N_WORKERS);
                start(&g, threads, N_WORKERS);
                wait_until_full(&g);
                assert_int_equal(atomic_load(&n_passed), 0);
                gate_open(&g);
                join(threads, N_WORKERS);
                assert_int_equal(atomic_load(&n_passed), N_WORKERS);
        }
        gate_done(&g);
}

/* Closed again at once: who waited belongs to the round before, and passes. */
static void test_closed_again(void **state _unused_) {
        pthread_t threads[N_WORKERS];
        Gate g;

        assert_int_equal(gate_init(&g), 0);
        for (int i = 0; i < ROUNDS; i++) {
                gate_close(&g, N_WORKERS);
                start(&g, threads, N_WORKERS);
                wait_until_full(&g);
                gate_open(&g);
                gate_close(&g, N_WORKERS);
                join(threads, N_WORKERS);
                assert_false(gate_is_full(&g));
                gate_open(&g);
        }
        gate_done(&g);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_open),
                cmocka_unit_test(test_rounds),
                cmocka_unit_test(test_closed_again),
        };

        (void)alarm(60); /* a last resort, when what is waited for does not come */
        return cmocka_run_group_tests(tests, NULL, NULL);
}
