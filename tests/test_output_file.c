/* SPDX-License-Identifier: MIT */
/*
 * A file is written by one thread and looked after by another, while its directory goes and comes
 * and the file finds no room: every record is counted, and those in the file are whole. What the
 * threads share without a lock is ThreadSanitizer's to see.
 */

#include "config/config.h"
#include "core/macro.h"
#include "daemon/loop/mailbox.h"
#include "daemon/output/output_file.h"
#include "daemon/output/output_impl.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
/* cmocka wants the above */
#include <cmocka.h>

#define ROUNDS 50
/* Where the file begins, and may not be longer: what is written about this test stays below. */
#define FULL (64 * 1024 * 1024)
#define RECORD "a record\n"

typedef struct Load {
        char directory[32], path[48];
        MailboxGroup workers;
        Output *output;
        Buffer *buffer;
        uint64_t n_sent;
        pthread_t thread;
        atomic_bool stop;
} Load;

static void *write_records(void *userdata) {
        Load *l = userdata;
        const Segment s = { .buffer = l->buffer, .to = l->buffer->size, .n_records = 1 };

        for (; !atomic_load(&l->stop); l->n_sent++)
                (void)l->output->vtable->write(l->output, &s);
        return NULL;
}

static void make_file(const char *path) {
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        assert_true(fd >= 0);
        assert_int_equal(pwrite(fd, "\n", 1, FULL - 1), 1);
        closep(&fd);
}

static void begin(Load *l) {
        const ConfigOutput config = { .type = OUTPUT_FILE, .path = l->path };
        BufferPool *pool = buffer_pool_new(sizeof(RECORD), sizeof(RECORD));

        *l = (Load){ .directory = "/tmp/test-output-XXXXXX" };
        assert_non_null(mkdtemp(l->directory));
        (void)snprintf(l->path, sizeof(l->path), "%s/log", l->directory);
        make_file(l->path);

        assert_non_null(pool);
        l->buffer = buffer_get(pool, strlen(RECORD));
        assert_non_null(l->buffer);
        l->buffer->size = strlen(RECORD);
        memcpy(l->buffer->data, RECORD, l->buffer->size);
        assert_int_equal(output_file_new(&config, pool, &l->workers, &l->output), 0);
        atomic_store(&l->output->record_max, strlen(RECORD));
        assert_int_equal(pthread_create(&l->thread, NULL, write_records, l), 0);
}

/* Looks after the file until the last records of the other thread end like that. */
static void keep_until(Load *l, int error) {
        const _Atomic uint64_t *n = error ? &l->output->stats.failed : &l->output->stats.recorded;
        uint64_t before = atomic_load(n);

        do {
                (void)l->output->vtable->maintain(l->output);
                (void)sched_yield();
        } while (atomic_load(&l->output->write_errno) != error || atomic_load(n) == before);
}

static void end(Load *l) {
        atomic_store(&l->stop, true);
        assert_int_equal(pthread_join(l->thread, NULL), 0);
        assert_true(atomic_load(&l->output->stats.recorded) +
                            atomic_load(&l->output->stats.failed) ==
                    l->n_sent);
}

static void clean_up(Load *l) {
        assert_null(buffer_unref(l->buffer));
        assert_null(output_free(l->output));
        assert_int_equal(unlink(l->path), 0);
        assert_int_equal(rmdir(l->directory), 0);
}

static void test_directory_goes_and_comes(void **state _unused_) {
        Load l;

        begin(&l);
        for (int i = 0; i < ROUNDS; i++) {
                keep_until(&l, 0);
                assert_int_equal(unlink(l.path), 0);
                assert_int_equal(rmdir(l.directory), 0);
                keep_until(&l, ENOENT);
                assert_int_equal(mkdir(l.directory, 0700), 0);
        }
        keep_until(&l, 0);
        end(&l);
        clean_up(&l);
}

static void limit_size(rlim_t size) {
        struct rlimit limit;

        assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
        limit.rlim_cur = MIN(size, limit.rlim_max);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_no_room(void **state _unused_) {
        struct stat st;
        Load l;

        (void)signal(SIGXFSZ, SIG_IGN);
        begin(&l);
        for (int i = 0; i < ROUNDS; i++) {
                keep_until(&l, 0);
                limit_size(FULL);
                keep_until(&l, EFBIG);
                limit_size(RLIM_INFINITY);
        }
        keep_until(&l, 0);
        end(&l);
        assert_int_equal(stat(l.path, &st), 0);
        assert_true((uint64_t)st.st_size ==
                    FULL + atomic_load(&l.output->stats.recorded) * strlen(RECORD));
        clean_up(&l);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_directory_goes_and_comes),
                cmocka_unit_test(test_no_room),
        };

        (void)alarm(60); /* a last resort, when what is waited for does not come */
        return cmocka_run_group_tests(tests, NULL, NULL);
}
