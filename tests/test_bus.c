/* SPDX-License-Identifier: MIT */
/* What an error of the bus means for whoever typed the command. */

#include "ctl/bus.h"

#include "ctl/print.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka wants the above */
#include <cmocka.h>

static void test_explain(void **state _unused_) {
        static const struct {
                const char *name, *message, *line;
                Status status;
        } table[] = {
                { SD_BUS_ERROR_SERVICE_UNKNOWN, "x", "sockd is not running", STATUS_NOT_RUNNING },
                { SD_BUS_ERROR_NAME_HAS_NO_OWNER, "x", "sockd is not running", STATUS_NOT_RUNNING },
                { SD_BUS_ERROR_ACCESS_DENIED, "x", "permission denied: only root may do that",
                  STATUS_FAILED },
                { SD_BUS_ERROR_INVALID_ARGS, "no such level", "no such level", STATUS_USAGE },
                { SD_BUS_ERROR_NO_REPLY, "x", "sockd exited before it answered",
                  STATUS_NOT_RUNNING },
                { "org.sockd1.Error.ReloadFailed", "first\n\nlast\n", "last", STATUS_FAILED },
                { "org.sockd1.Error.Busy", "", "org.sockd1.Error.Busy", STATUS_FAILED },
        };

        (void)setenv("SOCKD_CONTROL", "/nonexistent/control", 1);
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                const sd_bus_error error = SD_BUS_ERROR_MAKE_CONST(table[i].name, table[i].message);
                char line[PRINT_ERROR_MAX];
                Status status;

                print_errors_to(line);
                status = bus_explain(NULL, &error);
                print_errors_to(NULL);
                assert_int_equal(status, table[i].status);
                assert_string_equal(line, table[i].line);
        }
}

static void test_no_bus(void **state _unused_) {
        char line[PRINT_ERROR_MAX] = "";
        Global global = { 0 };
        sd_bus *bus = NULL;
        Status status;

        assert_int_equal(instance_init(&global.instance, NULL), 0);
        (void)setenv("SOCKD_CONTROL", "/nonexistent/control", 1);
        (void)setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1);
        print_errors_to(line);
        status = bus_open(&global, USEC_PER_SEC, &bus);
        print_errors_to(NULL);
        assert_int_equal(status, STATUS_NO_BUS);
        assert_string_equal(
                line, "cannot connect to /nonexistent/control (No such file or directory), and "
                      "the system bus cannot be reached: No such file or directory");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_explain),
                cmocka_unit_test(test_no_bus),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
