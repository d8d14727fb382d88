/* SPDX-License-Identifier: MIT */
/* A stream from its first byte to its receipts, its timeouts and its end, with a clock of the test. */

#include "daemon/net/stream.h"

#include "core/macro.h"
#include "tests/receive.h"

#define SECOND USEC_PER_SEC

static void send_text(int fd, const char *text) {
        assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static void test_receipts(void **state _unused_) {
        Receive r;
        Stream *s;
        int fd;

        receive_begin(&r, "got %l\n", LEVEL_WRITTEN);
        fd = receive_connect(&r, &s);
        send_text(fd, "one\ntwo\nthr");
        receive_serve(&r);
        assert_int_equal(counter_read(&r.listener.stats.received), 2);
        assert_string_equal(receive_read(fd), "");
        receive_answer(&r, 0);
        assert_string_equal(receive_read(fd), "got written\ngot written\n");

        send_text(fd, "ee\n");
        receive_serve(&r);
        receive_answer(&r, ENOSPC);
        assert_non_null(strstr(receive_read(fd), " not stored: No space left on device\n"));
        assert_int_equal(s->n_messages, 3);
        closep(&fd);
        receive_end(&r);
}

static void test_message_timeout(void **state _unused_) {
        Receive r;
        Stream *s;
        int fd;

        receive_begin(&r, "got\n", LEVEL_WRITTEN);
        r.config.message_timeout_usec = 2 * SECOND;
        fd = receive_connect(&r, &s);
        send_text(fd, "no end");
        receive_serve(&r);
        assert_ptr_equal(TAILQ_FIRST(&r.streams->partial), s);
        receive_pass(&r, 2 * SECOND - 1);
        assert_int_equal(s->n_messages, 0);
        receive_pass(&r, 1 + 2 * TIMER_TICK_USEC);
        assert_int_equal(s->n_messages, 1);
        assert_int_equal(counter_read(&r.listener.stats.timed_out), 1);
        assert_null(TAILQ_FIRST(&r.streams->partial));
        receive_answer(&r, 0);
        assert_string_equal(receive_read(fd), "got\n");
        assert_int_equal(s->state, STREAM_READING);
        closep(&fd);
        receive_end(&r);
}

static void test_idle_timeout(void **state _unused_) {
        Receive r;
        Stream *s;
        int fd;

        receive_begin(&r, "got\n", LEVEL_WRITTEN);
        r.streams->idle_timeout_usec = 5 * SECOND;
        fd = receive_connect(&r, &s);
        receive_pass(&r, 4 * SECOND);
        send_text(fd, "x\n");
        receive_serve(&r);
        receive_answer(&r, 0);
        assert_string_equal(receive_read(fd), "got\n");
        receive_pass(&r, 4 * SECOND);
        assert_int_equal(s->state, STREAM_READING);
        receive_pass(&r, SECOND + 2 * TIMER_TICK_USEC);
        assert_int_equal(s->state, STREAM_LINGERING);
        closep(&fd);
        receive_end(&r);
}

/* Whatever ends first, and although a separator was sent before. */
static void test_idle_inside_a_message(void **state _unused_) {
        static const struct {
                Framing framing;
                const char *sent;
                unsigned received, timed_out, cut_off, bad_frames;
        } table[] = {
                { FRAMING_LINE, "x\nhalf", 2, 1, 0, 0 },
                { FRAMING_LINE, "half", 1, 1, 0, 0 },
                { FRAMING_EOF, "half", 1, 1, 0, 0 },
                { FRAMING_OCTET_COUNTED, "1 x9 half", 2, 0, 1, 0 },
                { FRAMING_OCTET_COUNTED, "1 x9", 1, 0, 0, 1 },
                { FRAMING_OCTET_COUNTED, "1 x", 1, 0, 0, 0 },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Receive r;
                Stream *s;
                int fd;

                receive_begin(&r, "", LEVEL_WRITTEN);
                r.config.framing = table[i].framing;
                r.config.message_timeout_usec = 9 * SECOND;
                r.streams->idle_timeout_usec = 5 * SECOND;
                fd = receive_connect(&r, &s);
                send_text(fd, table[i].sent);
                receive_serve(&r);
                receive_pass(&r, 5 * SECOND + 2 * TIMER_TICK_USEC);
                receive_answer(&r, 0);
                assert_int_equal(counter_read(&r.listener.stats.received), table[i].received);
                assert_int_equal(counter_read(&r.listener.stats.timed_out), table[i].timed_out);
                assert_int_equal(counter_read(&r.listener.stats.cut_off), table[i].cut_off);
                assert_int_equal(counter_read(&r.listener.stats.bad_frames), table[i].bad_frames);
                assert_int_not_equal(s->state, STREAM_READING);
                closep(&fd);
                receive_end(&r);
        }
}

/* What was queued when the drain began is taken in, what came after it is not. */
static void test_drain(void **state _unused_) {
        Receive r;
        Stream *s;
        int fd;

        receive_begin(&r, "got\n", LEVEL_WRITTEN);
        fd = receive_connect(&r, &s);
        send_text(fd, "a\nb\n");
        streams_drain(r.streams);
        assert_false(streams_are_drained(r.streams));
        send_text(fd, "late\n");
        receive_serve(&r);
        assert_true(streams_are_drained(r.streams));
        assert_int_equal(s->n_messages, 2);
        assert_false(streams_are_gone(r.streams));
        receive_answer(&r, 0);
        assert_string_equal(receive_read(fd), "got\ngot\n");
        closep(&fd);
        receive_serve(&r);
        receive_serve(&r);
        streams_free_unused(r.streams);
        assert_true(streams_are_gone(r.streams));
        receive_end(&r);
}

/* A commit refers to a stream that is dead: it stays until it was answered. */
static void test_dead_but_referred(void **state _unused_) {
        Receive r;
        Stream *s;
        int fd;

        receive_begin(&r, "got\n", LEVEL_WRITTEN);
        fd = receive_connect(&r, &s);
        send_text(fd, "x\n");
        receive_serve(&r);
        stream_disconnect(s);
        stream_disconnect(s);
        assert_int_equal(s->state, STREAM_DEAD);
        streams_free_unused(r.streams);
        assert_ptr_equal(TAILQ_FIRST(&r.streams->referred), s);
        receive_answer(&r, 0);
        assert_true(streams_are_gone(r.streams));
        assert_int_equal(atomic_load(&r.origin->n_streams), 0);
        closep(&fd);
        receive_end(&r);
}

/* In the order in which the partial messages began, and no more of them than needed. */
static void test_limit_partial(void **state _unused_) {
        Receive r;
        Stream *first, *second;
        int64_t share;
        int a, b;

        receive_begin(&r, "got\n", LEVEL_WRITTEN);
        a = receive_connect(&r, &first);
        b = receive_connect(&r, &second);
        share = (int64_t)r.limits.memory / 2;
        send_text(b, "older");
        receive_serve(&r);
        send_text(a, "younger");
        receive_serve(&r);
        streams_limit_partial(r.streams);
        assert_int_equal(second->state, STREAM_READING);

        /* as much as others hold, so that one must go */
        (void)admission_add_partial(r.admission, share - 200);
        streams_limit_partial(r.streams);
        assert_int_equal(second->state, STREAM_LINGERING);
        assert_int_equal(first->state, STREAM_READING);
        assert_int_equal(counter_read(&r.listener.stats.refused), 1);
        (void)admission_add_partial(r.admission, 200);
        streams_limit_partial(r.streams);
        assert_int_equal(first->state, STREAM_LINGERING);
        (void)admission_add_partial(r.admission, 1);
        streams_limit_partial(r.streams);
        (void)admission_add_partial(r.admission, -share - 1);
        assert_int_equal(counter_read(&r.listener.stats.received), 2);
        closep(&a);
        closep(&b);
        receive_end(&r);
}

static const Address other_peer = { .family = AF_INET, .port = 1, .v4.s_addr = 1 };

/* Three streams of one peer are ready, then one of another: it is served second. */
static void test_turns(void **state _unused_) {
        Stream *one[3], *other;
        int fds[4];
        Receive r;

        receive_begin(&r, "", LEVEL_WRITTEN);
        for (unsigned i = 0; i < 3; i++)
                fds[i] = receive_connect(&r, &one[i]);
        fds[3] = receive_connect_from(&r, &other_peer, &other);
        for (unsigned i = 0; i < 4; i++)
                send_text(fds[i], "x\n");
        r.streams->takes_turns = true;
        receive_serve(&r);
        receive_serve(&r);
        assert_int_equal(streams_waiting(r.streams), 4);
        assert_int_equal(counter_read(&r.listener.stats.received), 0);

        assert_true(streams_serve_next(r.streams) > 2);
        assert_int_equal(one[0]->n_messages, 1);
        assert_true(streams_serve_next(r.streams) > 2);
        assert_int_equal(other->n_messages, 1);
        assert_int_equal(one[1]->n_messages, 0);
        /* One that dies waits no more. */
        stream_disconnect(one[1]);
        stream_disconnect(one[1]);
        assert_int_equal(one[1]->state, STREAM_DEAD);
        assert_int_equal(streams_waiting(r.streams), 1);
        assert_true(streams_serve_next(r.streams) > 2);
        assert_int_equal(one[2]->n_messages, 1);
        assert_int_equal(streams_serve_next(r.streams), 0);
        for (unsigned i = 0; i < 4; i++)
                closep(&fds[i]);
        receive_end(&r);
}

/* Of short messages, a turn reads less, and counts more. */
static void test_turns_of_short_messages(void **state _unused_) {
        const int size = 96 * 1024;
        char lines[4096];
        Receive r;
        Stream *s;
        int fd;

        receive_begin(&r, "", LEVEL_WRITTEN);
        fd = receive_connect(&r, &s);
        memset(lines, '\n', sizeof(lines));
        for (int i = 0; i < size; i += (int)sizeof(lines))
                assert_int_equal(send(fd, lines, sizeof(lines), 0), sizeof(lines));
        r.streams->takes_turns = true;
        for (unsigned n = 4; n <= 6; n++) {
                receive_serve(&r);
                assert_true(streams_serve_next(r.streams) > 2 * 1024 * 1024);
                assert_int_equal(s->n_messages, n * 16384);
        }
        closep(&fd);
        receive_end(&r);
}

/* What it has sent in time is read before its silence counts. */
static void test_timeout_before_turn(void **state _unused_) {
        Receive r;
        Stream *s;
        int fd;

        receive_begin(&r, "got\n", LEVEL_WRITTEN);
        r.config.message_timeout_usec = 2 * SECOND;
        fd = receive_connect(&r, &s);
        send_text(fd, "no ");
        receive_serve(&r);
        r.streams->takes_turns = true;
        send_text(fd, "end");
        receive_serve(&r);
        receive_pass(&r, 3 * SECOND);
        assert_int_equal(s->n_messages, 0);
        assert_true(streams_serve_next(r.streams) > 3);
        receive_pass(&r, SECOND);
        assert_int_equal(s->n_messages, 0);
        receive_pass(&r, SECOND + 2 * TIMER_TICK_USEC);
        assert_int_equal(s->n_messages, 1);
        assert_int_equal(s->n_bytes, 6);
        closep(&fd);
        receive_end(&r);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_receipts),
                cmocka_unit_test(test_message_timeout),
                cmocka_unit_test(test_idle_timeout),
                cmocka_unit_test(test_idle_inside_a_message),
                cmocka_unit_test(test_drain),
                cmocka_unit_test(test_dead_but_referred),
                cmocka_unit_test(test_limit_partial),
                cmocka_unit_test(test_turns),
                cmocka_unit_test(test_turns_of_short_messages),
                cmocka_unit_test(test_timeout_before_turn),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
