/* SPDX-License-Identifier: MIT */
/* Lines on standard error: which levels are written, what a line looks like, and how many. */

#include "daemon/base/log.h"

#include "stderr_text.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* What one call writes. */
#define CAUGHT(text, call)                                                                         \
        ({                                                                                         \
                int before = stderr_catch();                                                       \
                                                                                                   \
                (void)(call);                                                                      \
                stderr_release(before, text);                                                      \
        })

static void test_line(void **state _unused_) {
        static const struct {
                int error;
                const char *line;
        } rows[] = {
                { 0, "n is 7\n" },
                { -ENOENT, "n is 7: No such file or directory\n" },
                { -9999, "n is 7: Unknown error\n" },
        };
        char text[STDERR_TEXT_MAX];

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                int error = rows[i].error, r = 1;

                assert_string_equal(CAUGHT(text, r = log_full(LOG_ERR, error, "n is %d", 7)),
                                    rows[i].line);
                assert_int_equal(r, error);
                assert_string_equal(CAUGHT(text, r = log_event(EVENT_OUTPUT_FAILS, "/a", LOG_ERR,
                                                               error, "n is %d", 7)),
                                    rows[i].line);
                assert_int_equal(r, error);
        }
}

/* However long, it is one line, and not more than fits. */
static void test_long_line(void **state _unused_) {
        char text[STDERR_TEXT_MAX], words[3000];

        memset(words, 'x', sizeof(words));
        words[sizeof(words) - 1] = '\0';
        for (size_t size = 1990; size < sizeof(words); size++) {
                size_t n;

                (void)CAUGHT(text, log_error_errno(size % 2 ? -EIO : 0, "%.*s", (int)size, words));
                n = strlen(text);
                assert_in_range(n, 1991, 2048);
                assert_ptr_equal(strchr(text, '\n'), text + n - 1);
        }
}

static void test_level(void **state _unused_) {
        static const int levels[] = { LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG };
        char text[STDERR_TEXT_MAX];

        for (size_t i = 0; i < ELEMENTSOF(levels); i++) {
                log_set_level(levels[i]);
                assert_int_equal(log_level(), levels[i]);
                for (int p = LOG_EMERG; p <= LOG_DEBUG; p++) {
                        const char *line = p <= levels[i] ? "x\n" : "";

                        assert_string_equal(CAUGHT(text, log_full(p, 0, "x")), line);
                        assert_string_equal(
                                CAUGHT(text, log_event(EVENT_RELOADED, NULL, p, 0, "x")), line);
                }
        }
}

static void test_debug_is_not_evaluated(void **state _unused_) {
        char text[STDERR_TEXT_MAX];
        int n = 0;

        log_set_level(LOG_INFO);
        assert_string_equal(CAUGHT(text, ({ log_debug("%d", ++n); })), "");
        assert_int_equal(n, 0);
        log_set_level(LOG_DEBUG);
        assert_string_equal(CAUGHT(text, ({ log_debug("%d", ++n); })), "1\n");
}

/* $JOURNAL_STREAM of another stream, as a child of a service that redirected it has. */
static void test_another_journal_stream(void **state _unused_) {
        static const char *const values[] = { "1:1", "", "1:", "x", "1:1 " };
        char text[STDERR_TEXT_MAX];

        for (size_t i = 0; i < ELEMENTSOF(values); i++) {
                assert_int_equal(setenv("JOURNAL_STREAM", values[i], 1), 0);
                log_init();
                assert_string_equal(CAUGHT(text, log_error("x")), "x\n");
        }
        assert_int_equal(unsetenv("JOURNAL_STREAM"), 0);
}

/* A line that is not written because of the level is none that was suppressed. */
static void test_limited(void **state _unused_) {
        static const struct {
                int level;
                uint64_t now_sec;
                const char *line;
        } rows[] = {
                { LOG_ERR, 100, "" },
                { LOG_WARNING, 101, "a: No such file or directory\n" },
                { LOG_WARNING, 102, "" },
                { LOG_WARNING, 103, "" },
                { LOG_ERR, 104, "" },
                { LOG_INFO, 111, "a: No such file or directory (2 similar messages suppressed)\n" },
                { LOG_INFO, 120, "" },
                { LOG_INFO, 121, "a: No such file or directory (1 similar messages suppressed)\n" },
                { LOG_INFO, 131, "a: No such file or directory\n" },
                { LOG_INFO, 500, "a: No such file or directory\n" },
        };
        char text[STDERR_TEXT_MAX];
        LogRate r = { 0 };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                int before = stderr_catch();

                log_set_level(rows[i].level);
                log_event_limited(&r, rows[i].now_sec * USEC_PER_SEC, EVENT_BAD_FRAME, "l",
                                  LOG_WARNING, -ENOENT, "%s", "a");
                assert_string_equal(stderr_release(before, text), rows[i].line);
        }
}

/* A pipe that is full: an info line is lost, a warning waits. Neither waits for the reader. */
static void test_full_pipe(void **state _unused_) {
        int before = dup(STDERR_FILENO), fds[2];
        char text[65536 + 1];
        ssize_t n;

        assert_int_equal(pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
        while (write(fds[1], "0123456", 7) > 0)
                ;
        assert_int_equal(fcntl(fds[1], F_SETFL, 0), 0);
        assert_int_equal(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
        log_info("an info line");
        log_warning("a warning");
        log_resend();
        while (read(fds[0], text, sizeof(text)) > 0)
                ;
        log_resend();
        n = read(fds[0], text, sizeof(text) - 1);
        assert_int_equal(dup2(before, STDERR_FILENO), STDERR_FILENO);
        assert_true(n > 0);
        text[n] = '\0';
        assert_string_equal(text, "a warning\n");
        (void)close(before);
        (void)close(fds[0]);
        (void)close(fds[1]);
}

/* The last one: what was forced stays so. */
static void test_forced_level(void **state _unused_) {
        log_force_level(LOG_ERR);
        log_set_level(LOG_DEBUG);
        assert_int_equal(log_level(), LOG_ERR);
        log_change_level(LOG_DEBUG);
        assert_int_equal(log_level(), LOG_DEBUG);
        log_set_level(LOG_INFO);
        assert_int_equal(log_level(), LOG_DEBUG);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_line),
                cmocka_unit_test(test_long_line),
                cmocka_unit_test(test_level),
                cmocka_unit_test(test_debug_is_not_evaluated),
                cmocka_unit_test(test_another_journal_stream),
                cmocka_unit_test(test_limited),
                cmocka_unit_test(test_full_pipe),
                cmocka_unit_test(test_forced_level),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
