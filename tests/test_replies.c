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
        assert_int_equal(replies_receive(&r, &(Connection){ .fd = fds[0] }), size);
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
                { RECEIPT_LINES_NONE, "err", true, false, 1, 1 }, /* "or " may follow */
                { RECEIPT_LINES_NONE, "error x", true, true, 1, 1 },
                { RECEIPT_LINES_NONE, "errata", true, true, 1, 0 },
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

/* The connection ended in the middle of a reply. */
static void test_torn(void **state _unused_) {
        static const struct {
                const char *reply, *data;
                int receipt_lines;
                uint64_t n_receipts, n_refused, n_foreign;
        } table[] = {
                { NULL, "err", RECEIPT_LINES_UNKNOWN, 1, 1, 0 },
                { NULL, "err", RECEIPT_LINES_NONE, 1, 1, 0 },
                { NULL, "error", 1, 1, 1, 0 },
                { NULL, "ok 1", 1, 1, 0, 0 },
                { "ok %i\n", "ok 1", 1, 0, 0, 0 },
                { "ok %i\n", "err", 1, 1, 1, 0 },
                { "ok %i\nthanks\n", "ok 1\n", 2, 0, 0, 0 },
                { "ok %i, durable", "ok 1, dur", RECEIPT_LINES_NONE, 1, 0, 1 },
                { "ok %i, durable", "ok 1, durable", RECEIPT_LINES_NONE, 1, 0, 0 },
                { "a\nb %i", "a\nb 17", RECEIPT_LINES_NONE, 1, 0, 0 },
                { "a\nb %i", "a\n", RECEIPT_LINES_NONE, 1, 0, 0 },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                begin(table[i].receipt_lines);
                r.reply = table[i].reply;
                print_to_memory();
                receive(table[i].data, strlen(table[i].data));
                replies_end(&r);
                free(printed());
                assert_int_equal(r.n_receipts, table[i].n_receipts);
                assert_int_equal(r.n_refused, table[i].n_refused);
                assert_int_equal(r.n_foreign, table[i].n_foreign);
        }
}

static void test_foreign(void **state _unused_) {
        static const struct {
                const char *reply, *data;
                int receipt_lines;
                uint64_t n_receipts, n_refused, n_foreign;
        } table[] = {
                { "ok %i %l\n", "220 mail.example.com ESMTP\r\n", 1, 1, 0, 1 },
                { "ok %i %l\n", "220 hello\nok 1 durable\n", 1, 2, 0, 1 },
                { "ok %i %l\n", "ok 1 durable\nerror 2 not stored: no\n", 1, 2, 1, 0 },
                { "ok %i\nthanks\n", "ok 1\nthanks\nok 2\nbye\nok 3\nthanks\n", 2, 3, 0, 1 },
                { NULL, "220 mail.example.com ESMTP\r\n", 1, 1, 0, 0 },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                begin(table[i].receipt_lines);
                r.reply = table[i].reply;
                print_to_memory();
                receive(table[i].data, strlen(table[i].data));
                free(printed());
                assert_int_equal(r.n_receipts, table[i].n_receipts);
                assert_int_equal(r.n_refused, table[i].n_refused);
                assert_int_equal(r.n_foreign, table[i].n_foreign);
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
        assert_int_equal(replies_receive(&r, &(Connection){ .fd = fds[0] }), -EAGAIN);
        (void)shutdown(fds[1], SHUT_WR);
        assert_int_equal(replies_receive(&r, &(Connection){ .fd = fds[0] }), 0);
}

static void test_datagrams(void **state _unused_) {
        static const struct {
                const char *data, *printed;
                bool refused, foreign;
        } table[] = {
                { "ok 1\n", "ok 1\n", false, false },
                { "ok 1", "ok 1\n", false, false },
                { "ok", "ok\n", false, false },
                { "error", "error\n", true, false },
                { "", "\n", false, true },
                { "error x\r\n", "error x\n", true, false },
                { "a\nb\n", "a\\nb\n", false, true },
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
                assert_int_equal(r.n_foreign, 0);

                begin(1);
                r.reply = "ok %i\n";
                assert_int_equal(send(pair[1], table[i].data, strlen(table[i].data), 0),
                                 strlen(table[i].data));
                assert_prints((void)replies_receive_datagram(&r, pair[0]), table[i].printed);
                assert_int_equal(r.n_foreign, table[i].foreign);
        }
        assert_int_equal(replies_receive_datagram(&r, pair[0]), -EAGAIN);
        (void)close(pair[0]);
        (void)close(pair[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_lines),          TEST(test_unterminated), TEST(test_nothing_to_end),
                TEST(test_torn),           TEST(test_foreign),      TEST(test_drop),
                TEST(test_end_and_errors), TEST(test_overlong),     TEST(test_datagrams),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
