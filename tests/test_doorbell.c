/* SPDX-License-Identifier: MIT */
/* A doorbell is readable from a ring to the answer, and counts the rings. */

#include "daemon/loop/doorbell.h"

#include "unit.h"
#include <errno.h>
#include <poll.h>
#include <sys/resource.h>

static bool is_rung(const Doorbell *d) {
        return poll(&(struct pollfd){ .fd = d->fd, .events = POLLIN }, 1, 0) == 1;
}

static void test_rings(void **state) {
        Doorbell d = DOORBELL_NONE;

        (void)state;
        assert_int_equal(doorbell_init(&d), 0);
        for (uint64_t n = 0; n < 4; n++) {
                for (uint64_t i = 0; i < n; i++)
                        doorbell_ring(&d);
                assert_int_equal(is_rung(&d), n > 0);
                assert_int_equal(doorbell_answer(&d), n);
                assert_false(is_rung(&d));
        }
        doorbell_done(&d);
        assert_int_equal(d.fd, -EBADF);
        doorbell_done(&d);
}

static void test_no_descriptor(void **state) {
        struct rlimit before, none;
        Doorbell d = { .fd = 0 };
        int r;

        (void)state;
        assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
        none = (struct rlimit){ 0, before.rlim_max };
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
        r = doorbell_init(&d);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        assert_int_equal(r, -EMFILE);
        assert_int_equal(d.fd, -EBADF);
        doorbell_done(&d);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rings),
                cmocka_unit_test(test_no_descriptor),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
