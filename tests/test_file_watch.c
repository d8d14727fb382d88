/* SPDX-License-Identifier: MIT */
/* A file that is moved, removed or replaced is heard of at once; one that is written to is not. */

#include "daemon/output/file_watch.h"

#include "unit.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char directory[] = "/tmp/test-watch-XXXXXX", path[64], other[64];

static int make(const char *name) {
        int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        assert_true(fd >= 0);
        return fd;
}

static bool is_heard(FileWatch *w) {
        bool heard = poll(&(struct pollfd){ .fd = w->fd, .events = POLLIN }, 1, 0) > 0;

        file_watch_take(w);
        return heard;
}

static void test_heard(void **state _unused_) {
        FileWatch w;
        int fd = make(path), more, number;

        file_watch_init(&w);
        assert_true(w.fd >= 0);
        number = file_watch_add(&w, path);
        assert_true(number >= 0);
        assert_int_equal(file_watch_add(&w, path), number);
        assert_int_equal(write(fd, "x", 1), 1);
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_false(is_heard(&w));

        assert_int_equal(rename(path, other), 0);
        assert_true(is_heard(&w));
        assert_int_equal(rename(other, path), 0);
        assert_true(is_heard(&w));
        more = make(other);
        assert_int_equal(rename(other, path), 0); /* our file loses its name to another one */
        assert_true(is_heard(&w));
        closep(&fd);
        file_watch_remove(&w, number); /* the kernel has done that */

        number = file_watch_add(&w, path);
        (void)is_heard(&w);
        assert_int_equal(unlink(path), 0);
        assert_true(is_heard(&w));
        file_watch_remove(&w, number);
        closep(&more);
        file_watch_done(&w);
        assert_int_equal(w.fd, -EBADF);
}

static void test_not_watched(void **state _unused_) {
        FileWatch w;
        int fd, number;

        file_watch_init(&w);
        assert_int_equal(file_watch_add(&w, path), -ENOENT);
        file_watch_remove(&w, -ENOENT);
        fd = make(path);
        number = file_watch_add(&w, path);
        file_watch_remove(&w, number);
        file_watch_take(&w); /* that it was removed */
        assert_int_equal(unlink(path), 0);
        assert_false(is_heard(&w));
        closep(&fd);
        file_watch_done(&w);

        assert_int_equal(file_watch_add(&w, path), -EBADF);
        file_watch_take(&w);
        file_watch_done(&w);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_heard),
                cmocka_unit_test(test_not_watched),
        };
        int r;

        if (!mkdtemp(directory))
                return 1;
        (void)snprintf(path, sizeof(path), "%s/log", directory);
        (void)snprintf(other, sizeof(other), "%s/other", directory);
        r = cmocka_run_group_tests(tests, NULL, NULL);
        (void)rmdir(directory);
        return r;
}
