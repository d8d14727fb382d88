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

static const FrameSpec line = { .framing = FRAMING_LINE }, nul = { .framing = FRAMING_NUL },
                       counted = { .framing = FRAMING_OCTET_COUNTED },
                       eof = { .framing = FRAMING_EOF }, syslog = { .framing = FRAMING_SYSLOG },
                       mllp = { .framing = FRAMING_DELIMITER,
                                .delimiter_size = 2,
                                .delimiter = "\x1c\r",
                                .start_size = 1,
                                .start = "\v" },
                       length = { .framing = FRAMING_LENGTH,
                                  .length_size = 2,
                                  .length_order = BYTE_ORDER_LITTLE };

static void fill_all(Outgoing *o, OutgoingResult expected) {
        OutgoingResult r;

        while ((r = outgoing_fill(o, UINT64_MAX)) == OUTGOING_WAIT)
                input_read(o->input);
        assert_int_equal(r, expected);
}

static Input *lines(const FrameSpec *frame, const char *text, size_t size) {
        const InputRules rules = outgoing_rules(frame);
        Input *in;
        int fds[2];

        assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
        in = input_new_lines(fds[0], &rules);
        assert_int_equal(write(fds[1], text, size), size);
        (void)close(fds[1]);
        return in;
}

static void check_text(const FrameSpec *frame, const char *text, const char *bytes, size_t size,
                       uint64_t n) {
        _cleanup_(input_freep) Input *in = lines(frame, text, strlen(text));
        _cleanup_free_ Outgoing *o = calloc(1, sizeof(*o));

        o->input = in;
        o->frame = *frame;
        fill_all(o, OUTGOING_END);
        assert_int_equal(o->n_messages, n);
        assert_int_equal(o->n_bytes, size);
        assert_int_equal(o->end - o->begin, size);
        assert_memory_equal(o->buffer + o->begin, bytes, size);
        (void)close(input_fd(in));
}

static void check(const FrameSpec *frame, const char *bytes, size_t size, uint64_t n) {
        check_text(frame, "a\n\nbcd", bytes, size, n);
}

static void test_framings(void **state _unused_) {
        check(&line, "a\n\nbcd\n", 7, 3);
        check(&nul, "a\0\0bcd\0", 7, 3);
        check_text(&counted, "a\nbcd", "1 a3 bcd", 8, 2);
        check(&eof, "a", 1, 1); /* one message for each connection */
        check(&syslog, "a\n\nbcd\n", 7, 3);
        check(&mllp, "\va\x1c\r\v\x1c\r\vbcd\x1c\r", 13, 3);
        check(&length, "\1\0a\0\0\3\0bcd", 10, 3);
}

static void test_rules(void **state _unused_) {
        assert_int_equal(outgoing_rules(&line).forbidden, '\n');
        assert_int_equal(outgoing_rules(&nul).forbidden, '\0');
        assert_int_equal(outgoing_rules(&counted).forbidden, -1);
        assert_int_equal(outgoing_rules(&counted).whole_max, 16 << 20);
        assert_int_equal(outgoing_rules(&length).whole_max, UINT16_MAX);
        assert_true(outgoing_rules(&eof).no_empty);
}

/* What the receiver would take for something else. */
static void test_problems(void **state _unused_) {
        static const FrameSpec aab = { .framing = FRAMING_DELIMITER,
                                       .delimiter_size = 3,
                                       .delimiter = "aab" };
        static const struct {
                const FrameSpec *frame;
                const char *text, *problem; /* NULL: none */
        } table[] = {
                { &syslog, "<13>one\ntwo", NULL },
                { &syslog, "one\ntwo", "contains a line feed" },
                { &syslog, "12 monkeys", NULL },
                { &syslog, "12 <13>", "begins as a counted frame does" },
                { &syslog, "12", NULL },
                { &syslog, "0 <13>", NULL },
                { &counted, "", "has no octet count" },
                { &mllp, "a\x1c\rb", "contains the delimiter" },
                { &mllp, "a\x1c", NULL },
                { &mllp, "\r", NULL },
                { &aab, "xaab", "contains the delimiter" },
                { &aab, "xa", NULL },
                { &aab, "a", NULL },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                const InputRules rules = outgoing_rules(table[i].frame);
                _cleanup_(input_freep) Input *in = input_new_message(table[i].text, &rules);
                const char *problem = input_problem(in);

                assert_int_equal(problem != NULL, table[i].problem != NULL);
                if (problem)
                        assert_non_null(strstr(problem, table[i].problem));
        }
}

static void test_limit(void **state _unused_) {
        _cleanup_(input_freep) Input *in = lines(&line, "a\nb\nc\n", 6);
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
        const InputRules rules = outgoing_rules(&counted);
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
        o->frame = counted;
        while (r != OUTGOING_END || !outgoing_is_empty(o)) {
                int n;

                r = outgoing_fill(o, UINT64_MAX);
                n = outgoing_send(o, &(Connection){ .fd = fds[0] });
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
        _cleanup_(input_freep) Input *in = lines(&nul, "a\n\0\n", 4);
        _cleanup_free_ Outgoing *o = calloc(1, sizeof(*o));
        int fds[2];

        o->input = in;
        o->frame = nul;
        fill_all(o, OUTGOING_BAD);
        assert_int_equal(o->n_messages, 0);
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        (void)close(fds[1]);
        o->buffer[o->end++] = 'x';
        assert_int_equal(outgoing_send(o, &(Connection){ .fd = fds[0] }), -EPIPE);
        (void)close(fds[0]);
        (void)close(input_fd(in));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_framings), cmocka_unit_test(test_rules),
                cmocka_unit_test(test_problems), cmocka_unit_test(test_limit),
                cmocka_unit_test(test_large),    cmocka_unit_test(test_bad),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
