/* SPDX-License-Identifier: MIT */
/* Receipts for a peer that reads slowly arrive whole and in order, whatever the socket takes at a time. */

#include "daemon/net/stream_send.h"

#include "daemon/net/stream_settle.h"
#include "tests/receive.h"

#define RUNS 50
#define COUNT 100

static void test_slow_reader(void **state _unused_) {
        static char expected[512 * 1024], got[sizeof(expected)];
        size_t n_expected = 0, n_got = 0, count;
        const int small = 2048;
        Receive r;
        Stream *s;
        Id id;
        int fd;

        receive_begin(&r, "ok %i\n", LEVEL_WRITTEN);
        fd = receive_connect(&r, &s);
        assert_int_equal(setsockopt(s->fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
        id_init(&id, 0, 0, 0);
        for (unsigned i = 0; i < RUNS; i++) {
                const Run run = { .receipt = r.receipt,
                                  .stats = &r.listener.stats,
                                  .first = id,
                                  .count = COUNT };
                char *dst = expected + n_expected;
                size_t room = sizeof(expected) - n_expected;

                s->addressee.n_pending++;
                stream_send_answer(&s->addressee, &run, i % 2 ? ENOSPC : 0, 0);
                n_expected += i % 2 ? receipt_format_error(ENOSPC, &id, COUNT, dst, room, &count)
                                    : receipt_format(r.receipt, &id, COUNT, false, dst, room,
                                                     &count);
                assert_int_equal(count, COUNT);
        }
        assert_non_null(s->unsent);
        assert_int_equal(s->interest, EPOLLIN | EPOLLOUT);

        while (n_got < n_expected) {
                ssize_t n = recv(fd, got + n_got, MIN(n_expected - n_got, (size_t)777), 0);

                assert_true(n > 0);
                n_got += (size_t)n;
                receive_serve(&r);
        }
        assert_memory_equal(got, expected, n_expected);
        assert_null(s->unsent);
        assert_int_equal(s->interest, EPOLLIN);
        assert_int_equal(histogram_read(&r.listener.stats.receipt_latency).n, RUNS * COUNT);
        closep(&fd);
        receive_end(&r);
}

/* More receipts than both ends of the connection hold wait for the peer. */
static int begin_unread(Receive *r, Stream **ret) {
        const int small = 4096;
        Run run = { .stats = &r->listener.stats, .count = COUNT };
        Stream *s;
        int fd;

        receive_begin(r, "ok %i\n", LEVEL_WRITTEN);
        fd = receive_connect(r, &s);
        assert_int_equal(setsockopt(s->fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
        run.receipt = r->receipt;
        id_init(&run.first, 0, 0, 0);
        for (unsigned i = 0; i < 1000; i++) {
                s->addressee.n_pending++;
                stream_send_answer(&s->addressee, &run, 0, 0);
        }
        receive_serve(r);
        assert_non_null(s->unsent);
        *ret = s;
        return fd;
}

static void send_message(Receive *r, int fd) {
        assert_int_equal(send(fd, "x\n", 2, 0), 2);
        receive_serve(r);
}

static uint64_t unanswered(const Receive *r) {
        return counter_read(&r->listener.stats.streams_unanswered);
}

/* Its messages are read and recorded all the same; after a minute, without receipts. */
static void test_never_reads(void **state _unused_) {
        Receive r;
        Stream *s;
        int fd;

        fd = begin_unread(&r, &s);
        send_message(&r, fd);
        assert_int_equal(s->n_messages, 1);
        receive_pass(&r, 59 * USEC_PER_SEC);
        assert_int_equal(unanswered(&r), 0);
        receive_pass(&r, USEC_PER_SEC + 2 * TIMER_TICK_USEC);
        assert_int_equal(unanswered(&r), 1);
        assert_null(s->unsent);
        assert_int_equal(s->state, STREAM_READING);

        send_message(&r, fd);
        receive_answer(&r, 0);
        assert_int_equal(s->n_messages, 2);
        assert_null(s->unsent);
        assert_int_equal(counter_read(&r.listener.stats.received), 2);
        closep(&fd);
        receive_end(&r);
}

/* It is slow, but takes some each minute. */
static void test_steady_reader(void **state _unused_) {
        char bytes[4096];
        Receive r;
        Stream *s;
        int fd;

        fd = begin_unread(&r, &s);
        for (unsigned i = 0; i < 10; i++) {
                for (ssize_t n, left = 100000; left > 0; left -= n) {
                        n = recv(fd, bytes, sizeof(bytes), 0);
                        assert_true(n > 0);
                        receive_serve(&r);
                }
                assert_non_null(s->unsent);
                receive_pass(&r, 59 * USEC_PER_SEC);
        }
        assert_int_equal(unanswered(&r), 0);
        closep(&fd);
        receive_end(&r);
}

/* A peer that closes with unread receipts makes its kernel reset the connection. */
static void test_reset_unread(void **state _unused_) {
        Receive r;
        Stream *s;
        int fd;

        receive_begin(&r, "ok %i\n", LEVEL_WRITTEN);
        fd = receive_connect(&r, &s);
        send_message(&r, fd);
        receive_answer(&r, 0);
        assert_int_equal(recv(fd, &(char){ 0 }, 1, MSG_PEEK), 1);
        closep(&fd);
        receive_serve(&r);
        assert_int_equal(s->state, STREAM_DEAD);
        assert_int_equal(counter_read(&r.listener.stats.resets_unread), 1);
        receive_end(&r);
}

/* The peer is gone: what it sent before is still read, but nothing is sent any more. */
static void test_peer_gone(void **state _unused_) {
        Receive r;
        Stream *s;
        int fd;

        receive_begin(&r, "ok\n", LEVEL_WRITTEN);
        fd = receive_connect(&r, &s);
        closep(&fd);
        s->addressee.n_pending = 2;
        for (unsigned i = 0; i < 2; i++)
                stream_send_answer(
                        &s->addressee,
                        &(Run){ .receipt = r.receipt, .stats = &r.listener.stats, .count = 1 }, 0,
                        0);
        assert_true(s->unreachable);
        assert_int_equal(s->state, STREAM_READING);
        assert_null(s->unsent);
        receive_end(&r);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_slow_reader),   cmocka_unit_test(test_never_reads),
                cmocka_unit_test(test_steady_reader), cmocka_unit_test(test_reset_unread),
                cmocka_unit_test(test_peer_gone),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
