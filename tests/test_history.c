/* SPDX-License-Identifier: MIT */
/* Rates, losses and latencies from samples of counters; sockd restarts, listeners come and go. */

#include "ctl/history.h"

#include "ctl_print.h"

#define BOUNDS NUMBERS("receipt_latency_bounds_usec", 100, 1000)

/* A sample at SECOND: one listener and one output with N messages, one peer with N. */
static int add(History *h, const char *listener, uint64_t second, uint64_t n) {
        const Snapshot s = {
                .status = ROWS(ROW(NUMBER("since_usec", 1), NUMBER("refused", n),
                                   NUMBER("kernel_drops", 2 * n))),
                .listeners = ROWS(ROW(TEXT("listener", listener), NUMBER("received", n), BOUNDS,
                                      NUMBERS("receipt_latency_counts", n, 2 * n, n))),
                .outputs = ROWS(
                        ROW(TEXT("output", "a"), NUMBER("recorded", 3 * n), NUMBER("dropped", n)),
                        ROW(TEXT("output", "b"), NUMBER("dropped", n))),
        };
        const Rows peers = ROWS(ROW(TEXT("peer_address", "192.0.2.9"), NUMBER("received", 1)),
                                ROW(TEXT("peer_address", "192.0.2.1"), NUMBER("received", n)));

        return history_add(h, &s, &peers, second * USEC_PER_SEC);
}

/* A tenth of a message each second. */
static uint64_t tenths(double rate) {
        return (uint64_t)(rate * 10 + 0.5);
}

static uint64_t last_rate(const History *h, char kind, const char *name) {
        double rates[HISTORY_SECONDS];

        history_rates(h, kind, name, rates);
        return tenths(rates[HISTORY_SECONDS - 1]);
}

static void test_rates(void **state _unused_) {
        double rates[HISTORY_SECONDS];
        History h = { 0 };

        assert_int_equal(add(&h, "tcp", 100, 1000), 0);
        assert_int_equal(last_rate(&h, 'l', "tcp"),
                         0); /* what came before the first look has none */
        assert_int_equal(add(&h, "tcp", 102, 1010), 0);
        assert_int_equal(last_rate(&h, 'l', "tcp"), 50);
        assert_int_equal(last_rate(&h, 'o', "a"), 150);
        assert_int_equal(last_rate(&h, 'o', "tcp") + last_rate(&h, 'l', "a"), 0);
        assert_int_equal(add(&h, "tcp", 103, 900), 0); /* another sockd */
        history_rates(&h, 'l', "tcp", rates);
        assert_int_equal(tenths(rates[HISTORY_SECONDS - 1]), 0);
        assert_int_equal(tenths(rates[HISTORY_SECONDS - 2]), 50);
        for (size_t i = 0; i < HISTORY_SECONDS - 2; i++)
                assert_int_equal(tenths(rates[i]), 0);
        history_done(&h);
}

static void test_peers(void **state _unused_) {
        History h = { 0 };

        assert_int_equal(add(&h, "tcp", 1, 10), 0);
        assert_int_equal(add(&h, "tcp", 2, 30), 0);
        assert_int_equal(h.n_peers, 2);
        assert_string_equal(h.peers[0].address, "192.0.2.1");
        assert_int_equal(tenths(h.peers[0].rate), 200);
        assert_int_equal(tenths(h.peers[1].rate), 0);
        assert_int_equal(h.peers[0].received, 30);
        history_done(&h);
}

/* A listener that a reload takes away is forgotten; it begins anew when it is back. */
static void test_listener_goes(void **state _unused_) {
        History h = { 0 };

        assert_int_equal(add(&h, "old", 1, 10), 0);
        assert_int_equal(add(&h, "new", 2, 20), 0);
        assert_int_equal(h.n_series, 3);
        assert_int_equal(last_rate(&h, 'l', "new"), 0);
        assert_int_equal(add(&h, "old", 3, 30), 0);
        assert_int_equal(last_rate(&h, 'l', "old"), 0);
        history_done(&h);
}

static void test_minute(void **state _unused_) {
        HistoryTotals minute;
        History h = { 0 };
        uint64_t n;

        assert_int_equal(history_minute(&h).refused, 0);
        for (uint64_t second = 0; second <= 100; second++)
                assert_int_equal(add(&h, "tcp", second, second), 0);
        minute = history_minute(&h);
        assert_int_equal(minute.refused, 60);
        assert_int_equal(minute.kernel_drops, 120);
        assert_int_equal(minute.output_dropped, 120); /* of both outputs */
        assert_int_equal(minute.latency[1], 120);

        /* a quarter up to 100, three quarters up to 1000, the last one above */
        assert_int_equal(history_quantile(&h, &minute, 0.25, &n), 100);
        assert_int_equal(n, 240);
        assert_int_equal(history_quantile(&h, &minute, 0.26, &n), 1000);
        assert_int_equal(history_quantile(&h, &minute, 0.75, &n), 1000);
        assert_true(history_quantile(&h, &minute, 0.76, &n) == UINT64_MAX);
        history_done(&h);
}

static void test_restart(void **state _unused_) {
        const Snapshot restarted = { .status = ROWS(
                                             ROW(NUMBER("since_usec", 2), NUMBER("refused", 5))) };
        const Rows peers = { 0 };
        History h = { 0 };

        assert_int_equal(add(&h, "tcp", 1, 10), 0);
        assert_int_equal(add(&h, "tcp", 2, 20), 0);
        assert_int_equal(history_minute(&h).refused, 10);
        assert_int_equal(history_add(&h, &restarted, &peers, 3 * USEC_PER_SEC), 0);
        assert_int_equal(h.n, 1);
        assert_int_equal(h.n_series, 0);
        assert_int_equal(history_minute(&h).refused, 0);
        history_done(&h);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rates),         cmocka_unit_test(test_peers),
                cmocka_unit_test(test_listener_goes), cmocka_unit_test(test_minute),
                cmocka_unit_test(test_restart),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
