/* SPDX-License-Identifier: MIT */
/* Connections on their way from one worker to another. */

#include "daemon/worker/handover.h"

#include "tests/unit.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int some_fd(void) {
        int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

        assert_true(fd >= 0);
        return fd;
}

static void test_order(void **state _unused_) {
        _cleanup_free_ HandoverItem *items = NULL;
        Handover h;

        handover_init(&h);
        assert_int_equal(handover_take(&h, &items), 0);
        for (unsigned i = 0; i < 40; i++)
                assert_int_equal(
                        handover_put(&h, &(HandoverItem){ .fd = -1, .peer.port = (uint16_t)i }), 0);
        assert_int_equal(handover_take(&h, &items), 40);
        for (unsigned i = 0; i < 40; i++)
                assert_int_equal(items[i].peer.port, i);
        handover_done(&h);
}

static void test_nobody_took(void **state _unused_) {
        Handover h;
        int fd = some_fd();

        handover_init(&h);
        assert_int_equal(handover_put(&h, &(HandoverItem){ .fd = fd }), 0);
        handover_done(&h);
        assert_int_equal(fcntl(fd, F_GETFD), -1);
        assert_int_equal(errno, EBADF);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_order),
                cmocka_unit_test(test_nobody_took),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
