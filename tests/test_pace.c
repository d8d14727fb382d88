/* SPDX-License-Identifier: MIT */
/* limits.message_rate_per_peer: streams of one peer share what it may send, and lose nothing. */

#include "daemon/net/pace.h"

#include "core/macro.h"
#include "tests/receive.h"
#include "tests/stderr_text.h"
#include <stdio.h>

#define RATE 10

/* With N times as many messages as may come in a second; receive_end() frees it. */
static void begin(Receive *r, uint64_t rate) {
        receive_begin(r, "", LEVEL_WRITTEN);
        r->limits.message_rate_per_peer = rate;
        pace_change(r->pace, &r->limits);
}

static void send_lines(int fd, unsigned n) {
        for (unsigned i = 0; i < n; i++)
                assert_int_equal(send(fd, "x\n", 2, 0), 2);
}

static uint64_t received(Receive *r) {
        return counter_read(&r->listener.stats.received);
}

static uint64_t held_back_usec(Receive *r) {
        Peer *peers = calloc(PEERS_MAX, sizeof(*peers));
        uint64_t held = 0;

        assert_non_null(peers);
        for (size_t n = peers_copy(r->peers, peers); n > 0; n--)
                held += peers[n - 1].held_back_usec;
        free(peers);
        return held;
}

/* The read that exceeds the limit is a debt, for the other stream of the peer as well. */
static void test_streams(void **state _unused_) {
        Stream *a, *b;
        int to_a, to_b;
        Receive r;

        begin(&r, RATE);
        to_a = receive_connect(&r, &a);
        to_b = receive_connect(&r, &b);
        send_lines(to_a, 3 * RATE);
        receive_serve(&r);
        assert_int_equal(received(&r), 3 * RATE);
        assert_int_equal(a->interest, EPOLLIN);

        /* Both are held back when they send: 20 messages too many were sent, 2.1 s pass. */
        send_lines(to_a, 1);
        send_lines(to_b, 1);
        receive_serve(&r);
        assert_int_equal(received(&r), 3 * RATE);
        assert_int_equal(a->interest, 0);
        assert_int_equal(b->interest, 0);
        receive_pass(&r, 2 * USEC_PER_SEC);
        assert_int_equal(a->interest, 0);
        receive_pass(&r, USEC_PER_SEC / 10 + 2 * TIMER_TICK_USEC);
        assert_int_equal(a->interest, EPOLLIN);
        receive_serve(&r);
        receive_pass(&r, USEC_PER_SEC / 10 + 2 * TIMER_TICK_USEC);
        receive_serve(&r);
        assert_int_equal(received(&r), 3 * RATE + 2);
        assert_in_range(held_back_usec(&r), 42 * USEC_PER_SEC / 10, 46 * USEC_PER_SEC / 10);
        closep(&to_a);
        closep(&to_b);
        receive_end(&r);
}

/* At a stop, what was sent is read at once. */
static void test_drain(void **state _unused_) {
        Receive r;
        Stream *s;
        int fd;

        begin(&r, 1);
        fd = receive_connect(&r, &s);
        send_lines(fd, 5);
        receive_serve(&r);
        send_lines(fd, 5);
        receive_serve(&r);
        assert_int_equal(received(&r), 5);
        assert_int_equal(s->interest, 0);
        streams_drain(r.streams);
        receive_serve(&r);
        assert_int_equal(received(&r), 10);
        closep(&fd);
        receive_end(&r);
}

/* Another limit, or none, applies at once to streams that are held back when their time has come. */
static void test_change(void **state _unused_) {
        const Address one = { .family = AF_INET, .v4.s_addr = htonl(1) };
        uint64_t wait;
        Receive r;

        begin(&r, 5);
        assert_true(pace_is_limited(r.pace));
        assert_int_equal(pace_left(r.pace, &one, RECEIVE_START, &wait), 5);
        pace_take(r.pace, &one, 6, RECEIVE_START);
        assert_int_equal(pace_left(r.pace, &one, RECEIVE_START, &wait), 0);
        assert_int_equal(wait, 2 * USEC_PER_SEC / 5);
        /* The same limit changes nothing. */
        pace_change(r.pace, &r.limits);
        assert_int_equal(pace_left(r.pace, &one, RECEIVE_START, &wait), 0);
        r.limits.message_rate_per_peer = 7;
        pace_change(r.pace, &r.limits);
        assert_int_equal(pace_left(r.pace, &one, RECEIVE_START, &wait), 7);
        r.limits.message_rate_per_peer = 0;
        pace_change(r.pace, &r.limits);
        assert_false(pace_is_limited(r.pace));
        receive_end(&r);
}

/* One line when it begins, one when it has ended for some time. */
static void test_report(void **state _unused_) {
        const Address one = { .family = AF_INET, .port = 5, .v4.s_addr = htonl(1) };
        uint64_t wait, now = RECEIVE_START;
        Receive r;

        begin(&r, 1);
        assert_false(pace_report(r.pace, now));
        pace_take(r.pace, &one, 1, now);
        for (unsigned i = 0; i < 3; i++)
                assert_int_equal(pace_left(r.pace, &one, now, &wait), 0);
        pace_note_held(r.pace, 12 * USEC_PER_SEC);
        pace_note_refused(r.pace, &one, now);
        assert_true(pace_report(r.pace, now));
        now += 9 * USEC_PER_SEC;
        assert_true(pace_report(r.pace, now));
        now += USEC_PER_SEC;
        assert_false(pace_report(r.pace, now));
        assert_false(pace_report(r.pace, now));
        receive_end(&r);
}

/* How many lines say that holding back begins, in bursts of one peer that come each PAUSE_USEC. */
static unsigned begin_lines(uint64_t pause_usec) {
        const Address one = { .family = AF_INET, .port = 5, .v4.s_addr = htonl(1) };
        uint64_t wait, now = RECEIVE_START, last = 0;
        char text[STDERR_TEXT_MAX];
        unsigned n = 0;
        Receive r;

        begin(&r, 1);
        for (unsigned i = 0; i < 10; i++, now += pause_usec) {
                int before = stderr_catch();

                pace_take(r.pace, &one, 1, now);
                (void)pace_left(r.pace, &one, now, &wait);
                if (strstr(stderr_release(before, text), "begins to hold back")) {
                        assert_true(n++ == 0 || now - last >= 10 * USEC_PER_SEC);
                        last = now;
                }
                for (uint64_t t = now; t < now + pause_usec; t += USEC_PER_SEC)
                        (void)pace_report(r.pace, t);
        }
        receive_end(&r);
        return n;
}

/* Bursts less than 10 s apart are one episode, so it is not logged more often than that. */
static void test_bursts(void **state _unused_) {
        assert_int_equal(begin_lines(USEC_PER_SEC), 1);
        assert_int_equal(begin_lines(66 * USEC_PER_SEC / 10), 1);
        assert_int_equal(begin_lines(10 * USEC_PER_SEC - 1), 1);
        assert_int_equal(begin_lines(12 * USEC_PER_SEC), 10);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_streams), cmocka_unit_test(test_drain),
                cmocka_unit_test(test_change),  cmocka_unit_test(test_report),
                cmocka_unit_test(test_bursts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
