/* SPDX-License-Identifier: MIT */
/* What arrives at $NOTIFY_SOCKET, and what the sender hears when nothing can. */

#include "daemon/systemd/notify.h"

#include "core/macro.h"
#include "notify_socket.h"
#include <errno.h>
#include <fcntl.h>

static void test_nobody(void **state _unused_) {
        assert_false(notify_is_wanted());
        assert_int_equal(notify_send("READY=1", -EBADF), 0);
}

static void test_text(void **state _unused_) {
        char text[NOTIFY_TEXT_MAX];
        NotifySocket s;

        notify_socket_open(&s, "notify");
        assert_true(notify_is_wanted());
        assert_int_equal(notify_send("READY=1\nSTATUS=works", -EBADF), 1);
        assert_int_equal(notify_socket_receive(&s, text), -1);
        assert_string_equal(text, "READY=1\nSTATUS=works");
        notify_socket_close(&s);
}

static void test_descriptor(void **state _unused_) {
        char text[NOTIFY_TEXT_MAX];
        int fds[2], received;
        NotifySocket s;
        char c = 0;

        notify_socket_open(&s, "notify");
        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        assert_int_equal(notify_send("FDSTORE=1", fds[1]), 1);
        received = notify_socket_receive(&s, text);
        assert_string_equal(text, "FDSTORE=1");
        assert_int_equal(write(received, "x", 1), 1);
        assert_int_equal(read(fds[0], &c, 1), 1);
        assert_int_equal(c, 'x');
        for (size_t i = 0; i < 2; i++)
                closep(&fds[i]);
        closep(&received);
        notify_socket_close(&s);
}

/* "@" stands for the NUL that such a name begins with; no other NUL belongs to it. */
static void test_abstract(void **state _unused_) {
        struct sockaddr_un sa = { .sun_family = AF_UNIX };
        char name[64], text[NOTIFY_TEXT_MAX];
        NotifySocket s;
        int n;

        n = snprintf(name, sizeof(name), "@test-notify-%d", (int)getpid());
        memcpy(sa.sun_path + 1, name + 1, (size_t)n - 1);
        s.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        assert_int_equal(bind(s.fd, (struct sockaddr *)&sa,
                              (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)n)),
                         0);
        assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
        assert_int_equal(notify_send("STOPPING=1", -EBADF), 1);
        assert_int_equal(notify_socket_receive(&s, text), -1);
        assert_string_equal(text, "STOPPING=1");
        assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
        closep(&s.fd);
}

static void test_wrong_path(void **state _unused_) {
        char longest[110], too_long[110];
        const struct {
                const char *path;
                int error;
        } rows[] = {
                { "", -EINVAL },
                { "@", -EINVAL },
                { "/", -EINVAL },
                { "run/notify", -EINVAL },
                { longest, -ENOENT },
                { too_long, -EINVAL },
                { "/nowhere/notify", -ENOENT },
        };

        memset(longest, 'x', sizeof(longest));
        memset(too_long, 'x', sizeof(too_long));
        longest[0] = too_long[0] = '/';
        longest[107] = too_long[108] = '\0';
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                assert_int_equal(setenv("NOTIFY_SOCKET", rows[i].path, 1), 0);
                assert_int_equal(notify_send("READY=1", -EBADF), rows[i].error);
        }
        assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
}

/* A manager that does not read must not hold us up. */
static void test_nobody_reads(void **state _unused_) {
        NotifySocket s;
        int r = 1;

        notify_socket_open(&s, "notify");
        for (unsigned i = 0; i < 100000 && r == 1; i++)
                r = notify_send("WATCHDOG=1", -EBADF);
        assert_int_equal(r, -EAGAIN);
        notify_socket_close(&s);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_nobody),     cmocka_unit_test(test_text),
                cmocka_unit_test(test_descriptor), cmocka_unit_test(test_abstract),
                cmocka_unit_test(test_wrong_path), cmocka_unit_test(test_nobody_reads),
        };

        (void)unsetenv("NOTIFY_SOCKET"); /* not that of whoever runs the tests */
        return cmocka_run_group_tests(tests, NULL, NULL);
}
