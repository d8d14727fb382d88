/* SPDX-License-Identifier: MIT */
#include "daemon/base/exit_status.h"
#include "unit.h"
#include <errno.h>

static void test_time_cures(void **state _unused_) {
        static const int errors[] = { EADDRINUSE, EAGAIN, EMFILE, ENFILE, ENOBUFS, ENOMEM };

        for (size_t i = 0; i < ELEMENTSOF(errors); i++)
                assert_int_equal(exit_status_of(-errors[i]), 75);
}

static void test_an_administrator_cures(void **state _unused_) {
        static const int errors[] = { EACCES, EPERM,        EINVAL,
                                      ENOENT, EAFNOSUPPORT, EADDRNOTAVAIL,
                                      ENODEV, ENOTSOCK,     EPROTONOSUPPORT,
                                      EIO };

        for (size_t i = 0; i < ELEMENTSOF(errors); i++)
                assert_int_equal(exit_status_of(-errors[i]), 78);
}

static void test_stopped(void **state _unused_) {
        assert_int_equal(exit_status_of(-ECANCELED), 0);
        assert_int_equal(exit_status_of(0), 0);
        assert_int_equal(exit_status_of(1), 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_time_cures),
                cmocka_unit_test(test_an_administrator_cures),
                cmocka_unit_test(test_stopped),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
