/* SPDX-License-Identifier: MIT */
/* Who is at the other end, as far as that can be told. */

#include "daemon/net/credentials.h"

#include "unit.h"
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_all_known(void **state _unused_) {
        const struct ucred c = { 4711, 1000, 100 }, none = { 0, 0, 0 },
                           overflow = { 1, 65534, 65534 };
        Address a = credentials_address(&c);

        assert_int_equal(a.family, AF_UNIX);
        assert_int_equal(a.process.uid, 1000);
        assert_int_equal(a.process.gid, 100);
        assert_int_equal(a.process.pid, 4711);
        assert_int_equal(credentials_address(&none).process.pid, 0);

        /* Nobody is a user like any other, unless it stands for many. */
        a = credentials_address(&overflow);
        assert_int_equal(a.process.uid, credentials_are_complete() ? 65534 : ADDRESS_ID_UNKNOWN);
        assert_int_equal(a.process.gid, credentials_are_complete() ? 65534 : ADDRESS_ID_UNKNOWN);
}

/* In a process of its own, which asks for the first time there. */
static int ask_in_namespace(void) {
        const struct ucred overflow = { 1, 65534, 65534 }, own = { 1, 0, 0 };
        Address a;

        if (unshare(CLONE_NEWUSER) < 0)
                return 77;
        if (credentials_are_complete())
                return 1;
        a = credentials_address(&overflow);
        if (a.process.uid != ADDRESS_ID_UNKNOWN || a.process.gid != ADDRESS_ID_UNKNOWN)
                return 2;
        if (credentials_demand(PROTOCOL_TCP, "x", stderr) != 0 ||
            credentials_demand(PROTOCOL_UNIX_STREAM, "x", stderr) != -EPERM)
                return 3;
        return credentials_address(&own).process.uid == 0 ? 0 : 4;
}

static void test_namespace(void **state _unused_) {
        pid_t pid = fork();
        int status;

        if (pid == 0)
                _exit(ask_in_namespace());
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        if (WEXITSTATUS(status) == 77)
                skip(); /* no user namespaces here */
        assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_namespace), /* before this process has asked */
                cmocka_unit_test(test_all_known),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
