/* SPDX-License-Identifier: MIT */
/* The bytes that go out for the lines "a", "" and "bcd", and where filling stops. */

#include "ctl/outgoing.h"

#include "core/macro.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
/* cmocka wants the above */
#include <cmocka.h>

DEFINE_CLEANUP(Input *, input_free)

static void fill_all(Outgoing *o, OutgoingResult expected) {
        OutgoingResult r;

        while ((r = outgoing_fill(o, UINT64_MAX)) == OUTGOING_WAIT)
                input_read(o->input);
        assert_int_equal(r, expected);
}

static Input *lines(Framing framing, const char *text, size_t size) {
        const InputRules rules = outgoing_rules(framing);
        Input *in;
        int fds[2];

        assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
        in = input_new_lines(fds[0], &rules);
        assert_int_equal(write(fds[1], text, size), size);
        (void)close(fds[1]);
        return in;
}

static void check(Framing framing, const char *bytes, size_t size, uint64_t n) {
        _cleanup_(input_freep) Input *in = lines(framing, "a\n\nbcd", 6);
        _cleanup_free_ Outgoing *o = calloc(1, sizeof(*o));

        o->input = in;
        o->framing = framing;
        fill_all(o, OUTGOING_END);
        assert_int_equal(o->n_messages, n);
        assert_int_equal(o->n_bytes, size);
        assert_int_equal(o->end - o->begin, size);
        assert_memory_equal(o->buffer + o->begin, bytes, size);
        (void)close(input_fd(in));
}

static void test_framings(void **state _unused_) {
        check(FRAMING_LINE, "a\n\nbcd\n", 7, 3);
        check(FRAMING_NUL, "a\0\0bcd\0", 7, 3);
        check(FRAMING_OCTET_COUNTED, "1 a0 3 bcd", 10, 3);
        check(FRAMING_EOF, "a", 1, 1); /* one message for each connection */
}

static void test_rules(void **state _unused_) {
        assert_int_equal(outgoing_rules(FRAMING_LINE).forbidden, '\n');
        assert_int_equal(outgoing_rules(FRAMING_NUL).forbidden, '\0');
        assert_int_equal(outgoing_rules(FRAMING_OCTET_COUNTED).forbidden, -1);
        assert_int_equal(outgoing_rules(FRAMING_OCTET_COUNTED).whole_max, 16 << 20);
        assert_true(outgoing_rules(FRAMING_EOF).no_empty);
}

static void test_limit(void **state _unused_) {
        _cleanup_(input_freep) Input *in = lines(FRAMING_LINE, "a\nb\nc\n", 6);
        _cleanup_free_ Outgoing *o = calloc(1, sizeof(*o));

        o->input = in;
        assert_int_equal(outgoing_fill(o, 0), OUTGOING_HELD);
        assert_true(outgoing_is_empty(o));
        input_read(in);
        assert_int_equal(outgoing_fill(o, 2), OUTGOING_HELD);
        assert_int_equal(o->n_messages, 2);
        fill_all(o, OUTGOING_END);
        assert_int_equal(o->n_messages, 3);
        (void)close(input_fd(in));
}

/* A message that is larger than the buffer passes through it, and through a socket that is full. */
static void test_large(void **state _unused_) {
        static char text[300000], received[sizeof(text) + 16];
        const InputRules rules = outgoing_rules(FRAMING_OCTET_COUNTED);
        _cleanup_(input_freep) Input *in = NULL;
        _cleanup_free_ Outgoing *o = calloc(1, sizeof(*o));
        OutgoingResult r = OUTGOING_FULL;
        size_t n_received = 0;
        bool was_full = false;
        int fds[2];

        for (size_t i = 0; i + 1 < sizeof(text); i++)
                text[i] = (char)('a' + i % 26);
        in = input_new_message(text, &rules);
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
                         0);
        o->input = in;
        o->framing = FRAMING_OCTET_COUNTED;
        while (r != OUTGOING_END || !outgoing_is_empty(o)) {
                int n;

                r = outgoing_fill(o, UINT64_MAX);
                n = outgoing_send(o, fds[0]);
                assert_true(n >= 0);
                was_full = was_full || n == 0;
                while (n == 0 && (n = (int)read(fds[1], received + n_received,
                                                sizeof(received) - n_received)) > 0)
                        n_received += (size_t)n;
        }
        (void)close(fds[0]);
        for (ssize_t n;
             (n = read(fds[1], received + n_received, sizeof(received) - n_received)) > 0;)
                n_received += (size_t)n;
        (void)close(fds[1]);
        assert_true(was_full);
        assert_int_equal(n_received, 7 + sizeof(text) - 1);
        assert_memory_equal(received, "299999 ", 7);
        assert_memory_equal(received + 7, text, sizeof(text) - 1);
}

static void test_bad(void **state _unused_) {
        _cleanup_(input_freep) Input *in = lines(FRAMING_NUL, "a\n\0\n", 4);
        _cleanup_free_ Outgoing *o = calloc(1, sizeof(*o));
        int fds[2];

        o->input = in;
        o->framing = FRAMING_NUL;
        fill_all(o, OUTGOING_BAD);
        assert_int_equal(o->n_messages, 0);
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        (void)close(fds[1]);
        o->buffer[o->end++] = 'x';
        assert_int_equal(outgoing_send(o, fds[0]), -EPIPE);
        (void)close(fds[0]);
        (void)close(input_fd(in));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_framings), cmocka_unit_test(test_rules),
                cmocka_unit_test(test_limit),    cmocka_unit_test(test_large),
                cmocka_unit_test(test_bad),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
