/* SPDX-License-Identifier: MIT */
/*
 * What arrives at the socket of a journal, and how records are counted that do not. journald is this
 * test: its connect(2) leads to a socket of its own.
 */

#include "daemon/output/output_journal.h"

#include "config/config.h"
#include "core/clock.h"
#include "daemon/loop/mailbox.h"
#include "daemon/output/output_impl.h"
#include "daemon/output/output_queue.h"
#include "unit.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

#define N_ENTRIES 200 /* several batches */
#define LARGE_SIZE ((size_t)32 * 1024 * 1024)

static char directory[] = "/tmp/test-journal-XXXXXX";

static struct sockaddr_un address(void) {
        struct sockaddr_un sa = { .sun_family = AF_UNIX };

        (void)snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/socket", directory);
        return sa;
}

int connect(int fd, const struct sockaddr *wanted, socklen_t size _unused_) {
        const struct sockaddr_un sa = address();

        assert_string_equal(((const struct sockaddr_un *)wanted)->sun_path,
                            "/run/systemd/journal/socket");
        return (int)syscall(SYS_connect, fd, &sa, sizeof(sa));
}

typedef struct Setup {
        Mailbox mailbox;
        Mailbox *members[1];
        MailboxGroup workers;
        Output *output;
        int journal;
} Setup;

static void start_journal(Setup *s) {
        const struct sockaddr_un sa = address();

        s->journal = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        assert_true(s->journal >= 0);
        assert_int_equal(bind(s->journal, (const struct sockaddr *)&sa, sizeof(sa)), 0);
}

static void stop_journal(Setup *s) {
        closep(&s->journal);
        s->journal = -EBADF;
        (void)unlink(address().sun_path);
}

static int set_up(void **state) {
        static Setup s;
        const ConfigOutput config = { .type = OUTPUT_JOURNAL };
        BufferPool *pool = buffer_pool_new(4096, 1024 * 1024);

        s = (Setup){ .members = { &s.mailbox },
                     .workers = { .members = s.members, .n_members = 1 } };
        assert_non_null(pool);
        assert_int_equal(mailbox_init(&s.mailbox), 0);
        assert_int_equal(output_journal_new(&config, pool, &s.workers, &s.output), 0);
        assert_int_equal(output_queue_new(s.output, &s.output->queue), 0);
        s.output->queued = true;
        start_journal(&s);
        *state = &s;
        return 0;
}

static int tear_down(void **state) {
        Setup *s = *state;

        assert_null(output_free(s->output));
        mailbox_done(&s->mailbox);
        stop_journal(s);
        return 0;
}

/* N entries of SIZE bytes, in one segment; each begins with its number. */
static void submit(Setup *s, uint32_t n, uint32_t size) {
        Segment segment = { .n_records = n };
        char *p;

        segment.buffer = buffer_get_urgent(s->output->pool, n * (OUTPUT_JOURNAL_PREFIX + size));
        assert_non_null(segment.buffer);
        p = segment.buffer->data;
        for (uint32_t i = 0; i < n; i++) {
                memcpy(p, &size, OUTPUT_JOURNAL_PREFIX);
                memset(p + OUTPUT_JOURNAL_PREFIX, 'x', size);
                memcpy(p + OUTPUT_JOURNAL_PREFIX, &i, sizeof(i));
                p += OUTPUT_JOURNAL_PREFIX + size;
        }
        segment.to = segment.buffer->size = (size_t)(p - segment.buffer->data);
        assert_int_equal(output_submit(s->output, &segment), 1);
}

static void check_counts(Setup *s, uint64_t recorded, uint64_t failed, int error) {
        output_finish(s->output, USEC_INFINITY);
        assert_int_equal(atomic_load(&s->output->stats.recorded), recorded);
        assert_int_equal(atomic_load(&s->output->stats.failed), failed);
        assert_int_equal(atomic_load(&s->output->write_errno), error);
}

static void test_entries(void **state) {
        Setup *s = *state;

        submit(s, N_ENTRIES, 50);
        for (uint32_t i = 0; i < N_ENTRIES; i++) {
                char entry[64];

                assert_int_equal(recv(s->journal, entry, sizeof(entry), 0), 50);
                assert_memory_equal(entry, &i, sizeof(i));
                assert_int_equal(entry[49], 'x');
        }
        check_counts(s, N_ENTRIES, 0, 0);
}

/* Too large for a datagram: a descriptor, whose memory nobody can change any more. */
static void test_large_entry(void **state) {
        union {
                struct cmsghdr align;
                char bytes[CMSG_SPACE(sizeof(int))];
        } control;
        struct msghdr mh = { .msg_control = &control, .msg_controllen = sizeof(control) };
        struct stat st;
        Setup *s = *state;
        int fd;

        submit(s, 1, LARGE_SIZE);
        assert_int_equal(recvmsg(s->journal, &mh, MSG_CMSG_CLOEXEC), 0);
        assert_non_null(CMSG_FIRSTHDR(&mh));
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&mh)), sizeof(fd));
        assert_int_equal(fstat(fd, &st), 0);
        assert_int_equal(st.st_size, LARGE_SIZE);
        assert_int_equal(fcntl(fd, F_GET_SEALS),
                         F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
        closep(&fd);
        check_counts(s, 1, 0, 0);
}

/* One that has gone is missed with the first entry, and found again when looked for. */
static void test_journal_goes_and_comes(void **state) {
        Setup *s = *state;
        char entry[64];

        submit(s, 1, 50);
        check_counts(s, 1, 0, 0);
        stop_journal(s);
        submit(s, 3, 50);
        check_counts(s, 1, 3, ENOENT);
        assert_true(output_is_failing(s->output));
        (void)mailbox_take(&s->mailbox);
        (void)s->output->vtable->maintain(s->output);
        assert_true(output_is_failing(s->output));
        start_journal(s);
        (void)s->output->vtable->maintain(s->output);
        assert_false(output_is_failing(s->output));
        assert_int_equal(mailbox_take(&s->mailbox), MAIL_ROOM);
        submit(s, 1, 50);
        check_counts(s, 2, 3, 0);
        assert_int_equal(recv(s->journal, entry, sizeof(entry), MSG_DONTWAIT), 50);
}

/* Started anew meanwhile: the entry is sent once more, and none is lost. */
static void test_journal_restarts(void **state) {
        Setup *s = *state;

        submit(s, 1, 50);
        check_counts(s, 1, 0, 0);
        stop_journal(s);
        start_journal(s);
        submit(s, 1, 50);
        check_counts(s, 2, 0, 0);
}

static void test_journal_does_not_read(void **state) {
        uint64_t recorded;
        Setup *s = *state;

        submit(s, 1, 50);
        submit(s, 100000, 50);
        output_finish(s->output, clock_monotonic());
        assert_true(output_is_idle(s->output));
        assert_false(output_is_busy(s->output));
        recorded = atomic_load(&s->output->stats.recorded);
        assert_true(recorded < 100001);
        assert_int_equal(recorded + atomic_load(&s->output->stats.failed), 100001);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_entries, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_large_entry, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_journal_goes_and_comes, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_journal_restarts, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_journal_does_not_read, set_up, tear_down),
        };
        int r;

        (void)alarm(60); /* a last resort, when what is waited for does not come */
        if (!mkdtemp(directory))
                return 1;
        r = cmocka_run_group_tests(tests, NULL, NULL);
        (void)rmdir(directory);
        return r;
}
