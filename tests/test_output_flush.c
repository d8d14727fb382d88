/* SPDX-License-Identifier: MIT */
/*
 * What a commit hears of a flush, and where its records are then: flushes that fail, and files that
 * are moved or removed meanwhile (fdatasync(2) is this test's own).
 */

#include "daemon/output/output_file.h"
#include "daemon/output/output_flush.h"
#include "daemon/output/output_impl.h"

#include "config/config.h"
#include "core/macro.h"
#include "daemon/loop/mailbox.h"
#include "daemon/output/commit.h"
#include "daemon/output/output_damaged.h"
#include "daemon/output/record_file.h"
#include "segment.h"
#include "stderr_text.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static unsigned n_failures;        /* so many flushes fail next */
static void (*during_flush)(void); /* called by the next flushes before they begin */

int fdatasync(int fd) {
        if (during_flush)
                during_flush();
        if (n_failures > 0) {
                n_failures--;
                errno = EIO;
                return -1;
        }
        return (int)syscall(SYS_fdatasync, fd);
}

typedef struct Setup {
        char directory[32], path[48];
        MailboxGroup workers;
        Output *output;
        Commit *commit;
} Setup;

/* What is in the file at PATH. */
static const char *text_of(const char *path) {
        static char text[256];
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

        text[n] = '\0';
        closep(&fd);
        return fd < 0 ? NULL : text;
}

/* Calls DO_FILE with each file of the directory. Returns how many there are. */
static unsigned for_each_file(const Setup *s, void (*do_file)(const char *path)) {
        _cleanup_(closedirp) DIR *d = opendir(s->directory);
        unsigned n = 0;
        char path[400];

        assert_non_null(d);
        for (struct dirent *e; (e = readdir(d));)
                if (*e->d_name != '.') {
                        n++;
                        (void)snprintf(path, sizeof(path), "%s/%s", s->directory, e->d_name);
                        if (do_file)
                                do_file(path);
                }
        return n;
}

static void remove_file(const char *path) {
        assert_int_equal(unlink(path), 0);
}

static void look_after(Setup *s) {
        assert_true(s->output->vtable->maintain(s->output) == 0);
}

static int set_up(void **state) {
        static Setup s;
        const ConfigOutput config = { .type = OUTPUT_FILE, .path = s.path };
        BufferPool *pool = buffer_pool_new(64, 64 * 1024);

        s = (Setup){ .directory = "/tmp/test-flush-XXXXXX", .commit = commit_new(NULL, 3) };
        assert_non_null(mkdtemp(s.directory));
        (void)snprintf(s.path, sizeof(s.path), "%s/log", s.directory);
        assert_non_null(pool);
        assert_non_null(s.commit);
        s.commit->urgent = true; /* its records are kept until they are flushed */
        assert_int_equal(output_file_new(&config, pool, &s.workers, &s.output), 0);
        atomic_store(&s.output->record_max, 64);
        look_after(&s);
        *state = &s;
        return 0;
}

static int tear_down(void **state) {
        Setup *s = *state;

        n_failures = 0;
        during_flush = NULL;
        assert_null(commit_free(s->commit));
        assert_int_equal(buffer_pool_used(s->output->pool), 0);
        assert_null(output_free(s->output));
        (void)for_each_file(s, remove_file);
        return rmdir(s->directory);
}

static void submit(Setup *s, const char *record) {
        Segment segment = segment_of(s->output->pool, record);

        segment.commit = s->commit;
        segment.flush = true;
        assert_int_equal(output_submit(s->output, &segment), 0);
        assert_false(commit_has_reached(s->commit, LEVEL_DURABLE));
        assert_false(s->output->vtable->is_flushed(s->output));
}

/* Flushes; the commit hears of it. Returns what is logged. */
static const char *flush(Setup *s, char text[static STDERR_TEXT_MAX]) {
        int before = stderr_catch();
        uint64_t woken = output_flush(s->output);

        (void)stderr_release(before, text);
        assert_true(woken == s->commit->worker_bit);
        assert_true(commit_has_reached(s->commit, LEVEL_DURABLE));
        assert_true(s->output->vtable->is_flushed(s->output));
        return text;
}

static void test_flushed(void **state) {
        char text[STDERR_TEXT_MAX];
        Setup *s = *state;
        bool busy = true;

        assert_true(output_flush(s->output) == 0); /* nothing to flush */
        submit(s, "a\n");
        submit(s, "b\n");
        assert_string_equal(flush(s, text), "");
        assert_int_equal(atomic_load(&s->commit->error), 0);
        submit(s, "c\n");
        assert_true(output_flush_try(s->output, &busy) == s->commit->worker_bit);
        assert_false(busy);
        assert_string_equal(text_of(s->path), "a\nb\nc\n");
        assert_int_equal(atomic_load(&s->output->stats.recorded), 3);
}

static void test_another_flush_is_under_way(void **state) {
        char text[STDERR_TEXT_MAX];
        Setup *s = *state;
        OutputFile *o = CONTAINER_OF(s->output, OutputFile, base);
        bool busy = false;

        submit(s, "a\n");
        assert_int_equal(pthread_mutex_lock(&o->flush_mutex), 0);
        assert_true(output_flush_try(s->output, &busy) == 0);
        assert_int_equal(pthread_mutex_unlock(&o->flush_mutex), 0);
        assert_true(busy);
        assert_false(commit_has_reached(s->commit, LEVEL_DURABLE));
        assert_string_equal(flush(s, text), "");
}

/* One flush fails: the file is set aside, and what waited for it is flushed in a new one. */
static void test_flush_fails(void **state) {
        char text[STDERR_TEXT_MAX];
        Setup *s = *state;
        _cleanup_free_ char *damaged = NULL;

        submit(s, "receipted\n");
        assert_string_equal(flush(s, text), "");
        submit(s, "a\n");
        submit(s, "b\n");
        n_failures = 1;
        assert_non_null(strstr(flush(s, text), "flush failed, the file is now "));
        assert_int_equal(atomic_load(&s->commit->error), 0);
        assert_string_equal(text_of(s->path), "a\nb\n");
        damaged = output_damaged_last(s->output);
        assert_non_null(damaged);
        assert_non_null(strstr(text, damaged));
        assert_string_equal(text_of(damaged), "receipted\na\nb\n");
        assert_int_equal(atomic_load(&s->output->stats.damaged), 1);
        assert_int_equal(atomic_load(&s->output->stats.recorded), 3);

        submit(s, "c\n");
        assert_string_equal(flush(s, text), "");
        assert_string_equal(text_of(s->path), "a\nb\nc\n");
}

/* The new file fails, too: the sender hears of it, and the new file is no litter. */
static void test_both_flushes_fail(void **state) {
        char text[STDERR_TEXT_MAX];
        Setup *s = *state;

        submit(s, "a\n");
        n_failures = 2;
        assert_non_null(strstr(flush(s, text), "cannot store what a failed flush left"));
        assert_int_equal(atomic_load(&s->commit->error), EIO);
        assert_int_equal(atomic_load(&s->output->stats.failed), 1);
        assert_int_equal(atomic_load(&s->output->stats.recorded), 0);
        assert_int_equal(atomic_load(&s->output->stats.damaged), 1);
        assert_int_equal(for_each_file(s, NULL), 1);

        commit_reset(s->commit);
        s->commit->urgent = true;
        look_after(s); /* opens a new one */
        submit(s, "b\n");
        assert_string_equal(flush(s, text), "");
        assert_int_equal(atomic_load(&s->commit->error), 0);
        assert_string_equal(text_of(s->path), "b\n");
}

/* What is not kept (nobody is in a hurry, room is scarce) cannot be written again. */
static void test_not_kept(void **state) {
        char text[STDERR_TEXT_MAX];
        Setup *s = *state;

        s->commit->urgent = false;
        buffer_pool_set_max(s->output->pool, 64);
        submit(s, "a\n");
        assert_int_equal(buffer_pool_used(s->output->pool), 0);
        n_failures = 1;
        (void)flush(s, text);
        assert_int_equal(atomic_load(&s->commit->error), EIO);
        assert_int_equal(atomic_load(&s->output->stats.failed), 1);
        assert_string_equal(text_of(s->path), "");
}

/* It lost its name before the flush: that is no place for what a receipt says is stored. */
static void test_file_is_removed(void **state) {
        char text[STDERR_TEXT_MAX];
        Setup *s = *state;

        submit(s, "a\n");
        assert_int_equal(unlink(s->path), 0);
        assert_non_null(strstr(flush(s, text), "the file was removed, creating it anew"));
        assert_int_equal(atomic_load(&s->commit->error), 0);
        assert_string_equal(text_of(s->path), "a\n");
        assert_int_equal(atomic_load(&s->output->stats.damaged), 0);
}

/* The file is moved to this name and number. */
static char moved[64];

static Setup *current;
static unsigned n_moves, n_moves_max;

static void move(void) {
        (void)snprintf(moved, sizeof(moved), "%s.%u", current->path, ++n_moves);
        assert_int_equal(rename(current->path, moved), 0);
}

static void move_during_flush(void) {
        if (n_moves < n_moves_max)
                move();
}

/* As one that another worker writes while the flush runs. */
static void write_during_flush(void) {
        during_flush = NULL;
        submit(current, "meanwhile\n");
}

static int set_up_moves(void **state) {
        int r = set_up(state);

        current = *state;
        n_moves = 0;
        return r;
}

/* Noticed by maintenance: what was not flushed yet is in both files, what comes is in the new one. */
static void test_move_is_noticed(void **state) {
        char text[STDERR_TEXT_MAX];
        Setup *s = *state;
        struct pollfd news = { .fd = s->output->news_fd, .events = POLLIN };
        int before;

        submit(s, "flushed\n");
        (void)flush(s, text);
        submit(s, "a\n");
        assert_int_equal(poll(&news, 1, 0), 0);
        move();
        assert_int_equal(poll(&news, 1, 0), 1);
        before = stderr_catch();
        assert_true(s->output->vtable->maintain(s->output) == s->commit->worker_bit);
        (void)stderr_release(before, text);
        assert_non_null(strstr(text, ": reopened\n"));
        assert_true(commit_has_reached(s->commit, LEVEL_DURABLE));
        assert_int_equal(atomic_load(&s->commit->error), 0);
        submit(s, "b\n");
        assert_string_equal(flush(s, text), "");
        look_after(s); /* the kernel has said that the old watch is gone */
        assert_int_equal(poll(&news, 1, 0), 0);
        assert_string_equal(text_of(moved), "flushed\na\n");
        assert_string_equal(text_of(s->path), "a\nb\n");
        assert_int_equal(atomic_load(&s->output->stats.recorded), 3);
}

/* Not noticed: whoever compresses the moved file may have read it before "a" was there. */
static void test_moved_before_flush(void **state) {
        char text[STDERR_TEXT_MAX];
        Setup *s = *state;

        move();
        submit(s, "a\n");
        assert_non_null(strstr(flush(s, text), ": reopened\n"));
        assert_int_equal(atomic_load(&s->commit->error), 0);
        assert_string_equal(text_of(moved), "a\n");
        assert_string_equal(text_of(s->path), "a\n");
}

/* The new file is moved as well, before it is flushed; what is written meanwhile goes along. */
static void test_moved_again(void **state) {
        char text[STDERR_TEXT_MAX];
        Setup *s = *state;

        submit(s, "a\n");
        n_moves_max = 3;
        during_flush = move_during_flush;
        (void)flush(s, text);
        assert_int_equal(n_moves, 3);
        assert_int_equal(atomic_load(&s->commit->error), 0);
        assert_string_equal(text_of(s->path), "a\n");
        during_flush = NULL;

        submit(s, "b\n");
        move();
        during_flush = write_during_flush;
        (void)flush(s, text);
        assert_int_equal(atomic_load(&s->commit->error), 0);
        assert_string_equal(text_of(moved), "a\nb\nmeanwhile\n");
        assert_string_equal(text_of(s->path), "b\nmeanwhile\n");
}

/* There is an end to that: no receipt says "ok" then. */
static void test_moved_for_ever(void **state) {
        char text[STDERR_TEXT_MAX];
        Setup *s = *state;

        submit(s, "a\n");
        n_moves_max = UINT_MAX;
        during_flush = move_during_flush;
        (void)flush(s, text);
        assert_int_equal(atomic_load(&s->commit->error), ESTALE);
        assert_int_equal(atomic_load(&s->output->stats.failed), 1);
        assert_int_equal(atomic_load(&s->output->stats.recorded), 0);
        during_flush = NULL;

        look_after(s);
        commit_reset(s->commit);
        submit(s, "b\n");
        assert_string_equal(flush(s, text), "");
        assert_int_equal(atomic_load(&s->commit->error), 0);
        assert_string_equal(text_of(s->path), "b\n");
}

/* Nothing can be created at its path: the file that was moved is used on, until it has no name. */
static void test_moved_but_not_replaced(void **state) {
        char text[STDERR_TEXT_MAX];
        Setup *s = *state;

        move();
        assert_int_equal(mkdir(s->path, 0700), 0);
        submit(s, "a\n");
        assert_non_null(strstr(flush(s, text), "continuing with the file that was moved"));
        assert_int_equal(atomic_load(&s->commit->error), 0);
        assert_int_equal(atomic_load(&s->output->reopen_errno), EISDIR);
        submit(s, "b\n");
        assert_string_equal(flush(s, text), ""); /* said once */
        assert_int_equal(atomic_load(&s->commit->error), 0);
        assert_string_equal(text_of(moved), "a\nb\n");

        assert_int_equal(unlink(moved), 0);
        submit(s, "c\n");
        (void)flush(s, text);
        assert_int_equal(atomic_load(&s->commit->error), EISDIR);
        assert_int_equal(rmdir(s->path), 0);
        look_after(s);
        commit_reset(s->commit);
        submit(s, "d\n");
        assert_string_equal(flush(s, text), "");
        assert_int_equal(atomic_load(&s->output->reopen_errno), 0);
        assert_string_equal(text_of(s->path), "d\n");
}

/* What is not retained counts as recorded where it is. */
static void test_moved_and_not_kept(void **state) {
        char text[STDERR_TEXT_MAX];
        Setup *s = *state;

        s->commit->urgent = false;
        buffer_pool_set_max(s->output->pool, 64);
        submit(s, "a\n");
        move();
        (void)flush(s, text);
        assert_int_equal(atomic_load(&s->commit->error), 0);
        assert_int_equal(atomic_load(&s->output->stats.recorded), 1);
        assert_string_equal(text_of(moved), "a\n");
        assert_string_equal(text_of(s->path), "");
}

/* The flush of a file that was moved fails: it is not renamed once more. */
static void test_moved_and_flush_fails(void **state) {
        char text[STDERR_TEXT_MAX];
        Setup *s = *state;

        submit(s, "a\n");
        move();
        n_failures = 1;
        assert_non_null(strstr(flush(s, text), "flush of the file that was moved failed"));
        assert_int_equal(atomic_load(&s->commit->error), 0);
        assert_string_equal(text_of(moved), "a\n");
        assert_string_equal(text_of(s->path), "a\n");
        assert_int_equal(atomic_load(&s->output->stats.damaged), 0);
}

/* By copytruncate: it is said, and what follows is whole. */
static void test_file_is_truncated(void **state) {
        char text[STDERR_TEXT_MAX];
        Setup *s = *state;
        int before;

        submit(s, "before\n");
        (void)flush(s, text);
        assert_int_equal(truncate(s->path, 0), 0);
        submit(s, "a\n");
        before = stderr_catch();
        look_after(s);
        look_after(s);
        (void)stderr_release(before, text);
        assert_non_null(strstr(text, "truncated the file, 7 bytes are gone"));
        assert_string_equal(strchr(text, '\n'), "\n"); /* one line */
        (void)flush(s, text);
        assert_string_equal(text_of(s->path), "a\n");

        assert_int_equal(truncate(s->path, 0), 0);
        before = stderr_catch();
        look_after(s);
        (void)stderr_release(before, text);
        assert_string_equal(text, ""); /* so soon, not again */
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_flushed, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_another_flush_is_under_way, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_flush_fails, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_both_flushes_fail, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_not_kept, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_file_is_removed, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_move_is_noticed, set_up_moves, tear_down),
                cmocka_unit_test_setup_teardown(test_moved_before_flush, set_up_moves, tear_down),
                cmocka_unit_test_setup_teardown(test_moved_again, set_up_moves, tear_down),
                cmocka_unit_test_setup_teardown(test_moved_for_ever, set_up_moves, tear_down),
                cmocka_unit_test_setup_teardown(test_moved_but_not_replaced, set_up_moves,
                                                tear_down),
                cmocka_unit_test_setup_teardown(test_moved_and_not_kept, set_up_moves, tear_down),
                cmocka_unit_test_setup_teardown(test_moved_and_flush_fails, set_up_moves,
                                                tear_down),
                cmocka_unit_test_setup_teardown(test_file_is_truncated, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
