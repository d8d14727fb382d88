/* SPDX-License-Identifier: MIT */
/* What a stream waits for, in each of its states. */

#include "daemon/net/stream_settle.h"

#include "daemon/net/stream_hold.h"

#include "core/macro.h"
#include "daemon/net/stream_end.h"
#include "daemon/net/stream_unsent.h"
#include "tests/receive.h"

#define SECOND USEC_PER_SEC

static void check(const Stream *s, uint32_t interest, uint64_t after_usec, StreamDue due) {
        StreamWait w = stream_settle_wait(s);
        uint64_t deadline = after_usec == USEC_INFINITY ? USEC_INFINITY : s->last_usec + after_usec;

        assert_int_equal(w.interest, interest);
        assert_int_equal(w.due, due);
        assert_int_equal(w.deadline_usec, deadline);
}

/* A partial message, as three bytes without a separator are. */
static void add_partial(Stream *s) {
        const char *p = "abc";
        Message m;

        assert_int_equal(frame_next(&s->frame, 100, &p, p + 3, &m), FRAME_MORE);
}

static void test_reading(void **state _unused_) {
        Receive r;
        Stream *s;
        int fd;

        receive_begin(&r, "ok %i\n", LEVEL_WRITTEN);
        fd = receive_connect(&r, &s);
        check(s, EPOLLIN, USEC_INFINITY, STREAM_DUE_NOTHING);
        r.streams->idle_timeout_usec = 5 * SECOND;
        check(s, EPOLLIN, 5 * SECOND, STREAM_DUE_IDLE);

        /* message_timeout counts only while there is a partial message */
        r.config.message_timeout_usec = 2 * SECOND;
        check(s, EPOLLIN, 5 * SECOND, STREAM_DUE_IDLE);
        add_partial(s);
        check(s, EPOLLIN, 2 * SECOND, STREAM_DUE_MESSAGE);
        r.config.message_timeout_usec = 5 * SECOND;
        check(s, EPOLLIN, 5 * SECOND, STREAM_DUE_MESSAGE);
        r.config.message_timeout_usec = 6 * SECOND;
        check(s, EPOLLIN, 5 * SECOND, STREAM_DUE_IDLE);

        /* we are the ones who do not read */
        s->hold = STREAM_HOLD_FAILING;
        check(s, 0, USEC_INFINITY, STREAM_DUE_NOTHING);
        s->hold = STREAM_HOLD_NONE;
        s->paced_since_usec = s->last_usec;
        s->paced_until_usec = s->last_usec + 7 * SECOND;
        check(s, 0, 7 * SECOND, STREAM_DUE_PACE);
        s->paced_since_usec = 0;
        s->draining = true;
        check(s, EPOLLIN, USEC_INFINITY, STREAM_DUE_NOTHING);
        frame_reset(&s->frame);
        closep(&fd);
        receive_end(&r);
}

/* The listening socket leaves: a stream that has sent something is drained, a new one has a second. */
static void test_leaving(void **state _unused_) {
        Receive r;
        Stream *s, *old;
        int fd, old_fd;

        receive_begin(&r, "ok %i\n", LEVEL_WRITTEN);
        old_fd = receive_connect(&r, &old);
        fd = receive_connect(&r, &s);
        old->n_messages = 1;
        s->origin->leaving = true;
        stream_reconfigure(old);
        stream_reconfigure(s);
        check(s, EPOLLIN, SECOND, STREAM_DUE_DRAIN);
        receive_pass(&r, 2 * TIMER_TICK_USEC);
        assert_true(old->draining);
        assert_false(s->draining);

        assert_int_equal(send(fd, "first\n", 6, 0), 6);
        receive_pass(&r, SECOND / 2);
        assert_int_equal(s->n_messages, 1);
        receive_pass(&r, 2 * TIMER_TICK_USEC);
        assert_true(s->draining);
        receive_answer(&r, 0);
        closep(&fd);
        fd = receive_connect(&r, &s);
        receive_pass(&r, SECOND - 1);
        assert_false(s->draining);
        receive_pass(&r, 1 + 2 * TIMER_TICK_USEC);
        assert_true(s->draining);
        closep(&fd);
        closep(&old_fd);
        receive_end(&r);
}

static void test_unsent(void **state _unused_) {
        Receive r;
        Stream *s;
        int fd;

        receive_begin(&r, "ok %i\n", LEVEL_WRITTEN);
        fd = receive_connect(&r, &s);
        assert_int_equal(stream_unsent_push(s, &(Unsent){ .count = 1 }), 0);
        check(s, EPOLLIN | EPOLLOUT, 60 * SECOND, STREAM_DUE_LOOK);
        r.streams->idle_timeout_usec = 5 * SECOND;
        check(s, EPOLLIN | EPOLLOUT, 5 * SECOND, STREAM_DUE_IDLE);
        s->hold = STREAM_HOLD_FAILING;
        check(s, EPOLLOUT, 60 * SECOND, STREAM_DUE_LOOK);
        s->hold = STREAM_HOLD_NONE;
        s->state = STREAM_FINISHING;
        check(s, EPOLLOUT, 60 * SECOND, STREAM_DUE_LOOK);
        stream_unsent_free(s);
        check(s, 0, USEC_INFINITY, STREAM_DUE_NOTHING);
        closep(&fd);
        receive_end(&r);
}

/* Finishing becomes lingering once nothing is owed, and writing is shut then. */
static void test_ending(void **state _unused_) {
        Receive r;
        Stream *s;
        int fd;

        receive_begin(&r, "ok %i\n", LEVEL_WRITTEN);
        fd = receive_connect(&r, &s);
        s->addressee.n_pending = 1;
        stream_end_finish(s, "test");
        stream_settle(s);
        assert_int_equal(s->state, STREAM_FINISHING);
        s->addressee.n_pending = 0;
        r.loop.now_usec += 7;
        stream_settle(s);
        assert_int_equal(s->state, STREAM_LINGERING);
        assert_int_equal(s->last_usec, RECEIVE_START + 7);
        check(s, EPOLLIN, SECOND, STREAM_DUE_LINGERED);
        assert_int_equal(recv(fd, &(char){ 0 }, 1, 0), 0);

        receive_pass(&r, SECOND - 1);
        assert_int_equal(s->state, STREAM_LINGERING);
        receive_pass(&r, 1 + 2 * TIMER_TICK_USEC);
        assert_int_equal(s->state, STREAM_DEAD);
        check(s, 0, USEC_INFINITY, STREAM_DUE_NOTHING);
        closep(&fd);
        receive_end(&r);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_reading),
                cmocka_unit_test(test_leaving),
                cmocka_unit_test(test_unsent),
                cmocka_unit_test(test_ending),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
