/* SPDX-License-Identifier: MIT */
/* Standard output is a pipe: what its reader gets, one that has gone, one that does not read. */

#include "daemon/output/output_stdout.h"

#include "config/config.h"
#include "core/clock.h"
#include "core/macro.h"
#include "daemon/loop/mailbox.h"
#include "daemon/output/output_impl.h"
#include "daemon/output/output_queue.h"
#include "segment.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>

#define SEGMENT_SIZE 10000
#define N_SEGMENTS 20 /* more than a pipe takes */

typedef struct Setup {
        MailboxGroup workers;
        Output *output;
        int stdout_before, reader;
} Setup;

static int set_up(void **state) {
        static Setup s;
        const ConfigOutput config = { .type = OUTPUT_FILE, .path = (char *)"-" };
        BufferPool *pool = buffer_pool_new(SEGMENT_SIZE, 1024 * 1024);
        int fds[2];

        s = (Setup){ 0 };
        assert_non_null(pool);
        assert_int_equal(output_stdout_new(&config, pool, &s.workers, &s.output), 0);
        assert_int_equal(output_queue_new(s.output, &s.output->queue), 0);
        s.output->queued = true;
        assert_int_equal(fflush(stdout), 0);
        s.stdout_before = dup(STDOUT_FILENO);
        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        assert_int_equal(dup2(fds[1], STDOUT_FILENO), STDOUT_FILENO);
        closep(&fds[1]);
        s.reader = fds[0];
        *state = &s;
        return 0;
}

static int tear_down(void **state) {
        Setup *s = *state;

        assert_null(output_free(s->output));
        assert_int_equal(dup2(s->stdout_before, STDOUT_FILENO), STDOUT_FILENO);
        closep(&s->stdout_before);
        closep(&s->reader);
        return 0;
}

static void submit(Setup *s, size_t i) {
        char text[SEGMENT_SIZE + 1];
        Segment segment;

        memset(text, (int)('a' + i), SEGMENT_SIZE);
        text[SEGMENT_SIZE] = '\0';
        segment = segment_of(s->output->pool, text);
        assert_int_equal(output_submit(s->output, &segment), 1);
}

static void test_reader(void **state) {
        Setup *s = *state;

        for (size_t i = 0; i < N_SEGMENTS; i++)
                submit(s, i);
        for (size_t i = 0; i < N_SEGMENTS * SEGMENT_SIZE; i++) {
                char c = 0;

                assert_int_equal(read(s->reader, &c, 1), 1);
                assert_int_equal(c, 'a' + i / SEGMENT_SIZE);
        }
        output_finish(s->output, USEC_INFINITY);
        assert_int_equal(atomic_load(&s->output->stats.recorded), N_SEGMENTS);
        assert_int_equal(atomic_load(&s->output->stats.failed), 0);
        assert_int_equal(atomic_load(&s->output->write_errno), 0);
}

static void test_reader_has_gone(void **state) {
        Setup *s = *state;

        closep(&s->reader);
        s->reader = -EBADF;
        submit(s, 0);
        output_finish(s->output, USEC_INFINITY);
        assert_int_equal(atomic_load(&s->output->stats.failed), 1);
        assert_int_equal(atomic_load(&s->output->write_errno), EPIPE);
}

static void test_reader_does_not_read(void **state) {
        struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };
        Setup *s = *state;

        for (size_t i = 0; i < N_SEGMENTS; i++)
                submit(s, i);
        /* the thread waits for the reader once the pipe is full */
        while (poll(&out, 1, 0) > 0)
                (void)sched_yield();
        output_finish(s->output, clock_monotonic());
        assert_true(output_is_idle(s->output));
        assert_true(atomic_load(&s->output->stats.failed) > 0);
        assert_int_equal(atomic_load(&s->output->stats.recorded) +
                                 atomic_load(&s->output->stats.failed),
                         N_SEGMENTS);
        assert_int_equal(atomic_load(&s->output->write_errno), ECANCELED);
        assert_false(output_is_busy(s->output));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_reader, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_reader_has_gone, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_reader_does_not_read, set_up, tear_down),
        };

        (void)signal(SIGPIPE, SIG_IGN);
        (void)alarm(60); /* a last resort, when what is waited for does not come */
        return cmocka_run_group_tests(tests, NULL, NULL);
}
