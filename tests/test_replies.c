/* SPDX-License-Identifier: MIT */
/* What a server answers, in parts, and what is printed and counted of it. */

#include "ctl/replies.h"

#include "ctl_print.h"
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static Replies r;
static Progress progress;
static int fds[2];

static int set_up(void **state _unused_) {
        return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds);
}

static int tear_down(void **state _unused_) {
        (void)close(fds[0]);
        (void)close(fds[1]);
        return 0;
}

static void begin(int receipt_lines) {
        r = (Replies){ .progress = &progress, .receipt_lines = receipt_lines };
}

static void receive(const char *data, size_t size) {
        assert_int_equal(write(fds[1], data, size), size);
        assert_int_equal(replies_receive(&r, fds[0]), size);
}

static void test_lines(void **state _unused_) {
        static const struct {
                int receipt_lines;
                const char *parts[3], *printed;
                uint64_t n_receipts, n_refused;
        } table[] = {
                { 1, { "ok 1\nok 2\n" }, "ok 1\nok 2\n", 2, 0 },
                { 1, { "ok", " 1\r", "\nok 2" }, "ok 1\n", 1, 0 },
                { 1, { "error 1 no\nok 2\n" }, "error 1 no\nok 2\n", 2, 1 },
                { 1, { "\n" }, "\n", 1, 0 },
                { 2, { "ok\n", "1\nok\n", "2\n" }, "ok\n1\nok\n2\n", 2, 0 },
                { 2, { "error x\nok\n1\n" }, "error x\nok\n1\n", 2, 1 },
                { 2, { "ok\nerror 1\n" }, "ok\nerror 1\n", 1, 0 }, /* its second line */
                { RECEIPT_LINES_UNKNOWN, { "a\nb\n" }, "a\nb\n", 2, 0 },
                { RECEIPT_LINES_NONE, { "a\nb\n" }, "a\nb\n", 0, 0 },
                { 1, { "\033[1m\n" }, "\\x1b[1m\n", 1, 0 },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_free_ char *text = NULL;

                begin(table[i].receipt_lines);
                print_to_memory();
                for (size_t p = 0; p < 3 && table[i].parts[p]; p++)
                        receive(table[i].parts[p], strlen(table[i].parts[p]));
                text = printed();
                assert_string_equal(text, table[i].printed);
                assert_int_equal(r.n_receipts, table[i].n_receipts);
                assert_int_equal(r.n_refused, table[i].n_refused);
        }
}

/* Without a newline: only the caller knows when it ends. */
static void test_unterminated(void **state _unused_) {
        static const struct {
                int receipt_lines;
                const char *text;
                bool is_unterminated, may_end;
                uint64_t n_receipts, n_refused;
        } table[] = {
                { RECEIPT_LINES_NONE, "ok", true, true, 1, 0 },
                { RECEIPT_LINES_NONE, "err", true, false, 1, 0 }, /* "error " may follow */
                { RECEIPT_LINES_NONE, "error x", true, true, 1, 1 },
                { RECEIPT_LINES_NONE, "a\nb", true, true, 1, 0 },
                { RECEIPT_LINES_NONE, "a\n", true, true, 1, 0 },
                { RECEIPT_LINES_UNKNOWN, "ok", true, true, 1, 0 },
                { RECEIPT_LINES_UNKNOWN, "ok\nx", false, false, 2, 0 },
                { 1, "ok", false, false, 1, 0 },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_free_ char *text = NULL;

                begin(table[i].receipt_lines);
                print_to_memory();
                receive(table[i].text, strlen(table[i].text));
                if (replies_is_unterminated(&r) == table[i].is_unterminated &&
                    replies_may_end(&r) == table[i].may_end)
                        replies_end(&r);
                text = printed();
                assert_int_equal(r.n_receipts, table[i].n_receipts);
                assert_int_equal(r.n_refused, table[i].n_refused);
                assert_false(replies_is_unterminated(&r));
        }
}

static void test_nothing_to_end(void **state _unused_) {
        begin(RECEIPT_LINES_NONE);
        assert_false(replies_is_unterminated(&r) || replies_may_end(&r));
        assert_prints(replies_end(&r), "");
        assert_int_equal(r.n_receipts, 0);
}

static void test_drop(void **state _unused_) {
        begin(1);
        receive("half", 4);
        assert_prints(replies_drop(&r), "half\n");
        assert_prints(replies_drop(&r), "");
        assert_int_equal(r.n_receipts, 0);
}

/* A reply that is too long is cut, counted once, and what follows is in step again. */
static void test_overlong(void **state _unused_) {
        static char part[REPLY_SIZE_MAX / 2];
        _cleanup_free_ char *text = NULL;

        memset(part, 'x', sizeof(part));
        begin(1);
        print_to_memory();
        for (size_t i = 0; i < 5; i++)
                receive(part, sizeof(part));
        receive("x\nok\n", 5);
        text = printed();
        assert_int_equal(strlen(text), REPLY_SIZE_MAX + 1 + 3);
        assert_string_equal(text + REPLY_SIZE_MAX, "\nok\n");
        assert_int_equal(r.n_receipts, 2);
}

static void test_end_and_errors(void **state _unused_) {
        begin(1);
        assert_int_equal(replies_receive(&r, fds[0]), -EAGAIN);
        (void)shutdown(fds[1], SHUT_WR);
        assert_int_equal(replies_receive(&r, fds[0]), 0);
}

static void test_datagrams(void **state _unused_) {
        static const struct {
                const char *data, *printed;
                bool refused;
        } table[] = {
                { "ok 1\n", "ok 1\n", false },
                { "ok 1", "ok 1\n", false },
                { "", "\n", false },
                { "error x\r\n", "error x\n", true },
                { "a\nb\n", "a\\nb\n", false },
        };
        int pair[2];

        assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair), 0);
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                begin(RECEIPT_LINES_UNKNOWN);
                assert_int_equal(send(pair[1], table[i].data, strlen(table[i].data), 0),
                                 strlen(table[i].data));
                assert_prints((void)replies_receive_datagram(&r, pair[0]), table[i].printed);
                assert_int_equal(r.n_receipts, 1);
                assert_int_equal(r.n_refused, table[i].refused);
        }
        assert_int_equal(replies_receive_datagram(&r, pair[0]), -EAGAIN);
        (void)close(pair[0]);
        (void)close(pair[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_lines),     TEST(test_unterminated),   TEST(test_nothing_to_end),
                TEST(test_drop),      TEST(test_end_and_errors), TEST(test_overlong),
                TEST(test_datagrams),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
