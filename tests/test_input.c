/* SPDX-License-Identifier: MIT */
/* Lines of a pipe, however they arrive, and what cannot be sent. */

#include "ctl/input.h"

#include "core/macro.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
/* cmocka wants the above */
#include <cmocka.h>

DEFINE_CLEANUP(Input *, input_free)

static const InputRules anything = { .forbidden = -1 };
static const InputRules whole = { .forbidden = -1, .whole_max = 5 };
static const InputRules no_nul = { .forbidden = '\0' };
static const InputRules no_lf = { .forbidden = '\n' };
static const InputRules no_empty = { .forbidden = -1, .no_empty = true };

/* All pieces: "|" ends a message, "," a piece within one, "!" what cannot be sent. */
static void collect(Input *in, char *out) {
        for (;;) {
                Piece piece;

                switch (input_next(in, &piece)) {
                case INPUT_PIECE:
                        out = mempcpy(out, piece.data, piece.size);
                        *out++ = piece.last ? '|' : ',';
                        break;
                case INPUT_WAIT:
                        input_read(in);
                        break;
                case INPUT_BAD:
                        *out++ = '!';
                        *out = '\0';
                        return;
                case INPUT_END:
                        *out = '\0';
                        return;
                }
        }
}

/* TEXT arrives in parts that "~" separates. */
static void check_lines(const InputRules *rules, const char *text, const char *pieces,
                        const char *problem) {
        _cleanup_(input_freep) Input *in = NULL;
        char out[256] = "", *p = out;
        int fds[2];

        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        in = input_new_lines(fds[0], rules);
        assert_int_equal(input_fd(in), fds[0]);
        for (;;) {
                size_t n = strcspn(text, "~");
                Piece piece;

                assert_int_equal(write(fds[1], text, n), n);
                text += n;
                if (*text != '~')
                        break;
                text++;
                input_read(in);
                while (input_next(in, &piece) == INPUT_PIECE) {
                        p = mempcpy(p, piece.data, piece.size);
                        *p++ = piece.last ? '|' : ',';
                }
        }
        (void)close(fds[1]);
        collect(in, p);
        (void)close(fds[0]);
        assert_string_equal(out, pieces);
        if (problem)
                assert_string_equal(input_problem(in), problem);
        else
                assert_null(input_problem(in));
        assert_false(input_is_unreadable(in));
}

static void test_lines(void **state _unused_) {
        static const struct {
                const InputRules *rules;
                const char *text, *pieces, *problem;
        } table[] = {
                { &anything, "", "", NULL },
                { &anything, "one\ntwo\n", "one|two|", NULL },
                { &anything, "one\n\ntwo", "one||two,|", NULL },
                { &anything, "on~e\ntw~o", "on,e|tw,o,|", NULL },
                { &whole, "on~e\ntw~o", "one|two|", NULL },
                { &whole, "12345\n123456\nx\n", "12345|!",
                  "line 2 of standard input is longer than 5 bytes" },
                { &whole, "123~456\n", "!", "line 1 of standard input is longer than 5 bytes" },
                { &no_lf, "a\nb\n", "a|b|", NULL }, /* no line holds one */
                { &no_empty, "a\n\nb", "a|!",
                  "line 2 of standard input is empty, which cannot be sent with framing eof" },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                check_lines(table[i].rules, table[i].text, table[i].pieces, table[i].problem);
}

/* Nothing of what was read together with a forbidden byte is handed out. */
static void test_forbidden(void **state _unused_) {
        static const char text[] = "one\ntwo\nth\0ree\n";
        _cleanup_(input_freep) Input *in = NULL;
        char out[64];
        int fds[2];

        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        in = input_new_lines(fds[0], &no_nul);
        assert_int_equal(write(fds[1], text, sizeof(text) - 1), sizeof(text) - 1);
        (void)close(fds[1]);
        collect(in, out);
        (void)close(fds[0]);
        assert_string_equal(out, "!");
        assert_string_equal(input_problem(in),
                            "line 3 of standard input contains a NUL byte, which "
                            "would end it");
}

static void test_message(void **state _unused_) {
        static const struct {
                const InputRules *rules;
                const char *text, *pieces, *problem;
        } table[] = {
                { &anything, "a\nb", "a\nb|", NULL },
                { &anything, "", "|", NULL },
                { &no_lf, "ab", "ab|", NULL },
                { &no_lf, "a\nb", "!", "the message contains a line feed, which would end it" },
                { &whole, "12345", "12345|", NULL },
                { &whole, "123456", "!", "the message is longer than 5 bytes" },
                { &no_empty, "", "!",
                  "the message is empty, which cannot be sent with framing eof" },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(input_freep) Input *in = input_new_message(table[i].text, table[i].rules);
                char out[64];

                assert_int_equal(input_fd(in), -1);
                assert_int_equal(input_has_next(in), !table[i].problem);
                if (table[i].problem) /* known at once */
                        assert_string_equal(input_problem(in), table[i].problem);
                collect(in, out);
                assert_string_equal(out, table[i].pieces);
                assert_false(input_has_next(in));
        }
}

static void test_has_next(void **state _unused_) {
        _cleanup_(input_freep) Input *in = NULL;
        Piece piece;
        int fds[2];

        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        in = input_new_lines(fds[0], &anything);
        assert_int_equal(write(fds[1], "a\nb", 3), 3);
        (void)close(fds[1]);
        assert_true(input_has_next(in));
        assert_int_equal(input_next(in, &piece), INPUT_PIECE);
        assert_true(input_has_next(in));
        assert_int_equal(input_next(in, &piece), INPUT_PIECE);
        assert_false(piece.last);
        assert_false(input_has_next(in));
        (void)close(fds[0]);
}

static void test_stop(void **state _unused_) {
        _cleanup_(input_freep) Input *in = NULL, *message = input_new_message("x", &anything);
        Piece piece;
        int fds[2];

        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        in = input_new_lines(fds[0], &anything);
        assert_int_equal(write(fds[1], "a\nb\nc", 5), 5);
        input_read(in);
        assert_int_equal(input_next(in, &piece), INPUT_PIECE);
        input_stop(in);
        assert_int_equal(input_next(in, &piece), INPUT_END);
        assert_false(input_has_next(in));
        input_stop(message);
        assert_int_equal(input_next(message, &piece), INPUT_END);
        (void)close(fds[0]);
        (void)close(fds[1]);
}

static void test_unreadable(void **state _unused_) {
        _cleanup_close_ int fd = open("/", O_RDONLY | O_CLOEXEC | O_DIRECTORY);
        _cleanup_(input_freep) Input *in = input_new_lines(fd, &anything);
        Piece piece;

        input_read(in);
        assert_int_equal(input_next(in, &piece), INPUT_BAD);
        assert_true(input_is_unreadable(in));
        assert_string_equal(input_problem(in), "cannot read standard input: Is a directory");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_lines),   cmocka_unit_test(test_forbidden),
                cmocka_unit_test(test_message), cmocka_unit_test(test_has_next),
                cmocka_unit_test(test_stop),    cmocka_unit_test(test_unreadable),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
