/* SPDX-License-Identifier: MIT */
/* Each kind of event has an id of its own, and a field that says what it happened to. */

#include "daemon/base/log_catalog.h"

#include "unit.h"
#include <string.h>

static void test_ids(void **state) {
        (void)state;
        assert_null(log_catalog_id(EVENT_NONE));
        for (Event e = EVENT_NONE + 1; e < EVENT_MAX_; e++) {
                const char *id = log_catalog_id(e);

                assert_non_null(id);
                assert_int_equal(strlen(id), 32);
                assert_int_equal(strspn(id, "0123456789abcdef"), 32);
                for (Event other = EVENT_NONE + 1; other < e; other++)
                        assert_string_not_equal(id, log_catalog_id(other));
        }
}

static void test_fields(void **state) {
        static const char *const fields[EVENT_MAX_] = {
                [EVENT_OUTPUT_FAILS] = "SOCKD_OUTPUT",
                [EVENT_OUTPUT_WORKS] = "SOCKD_OUTPUT",
                [EVENT_OUTPUT_DROPS] = "SOCKD_OUTPUT",
                [EVENT_OUTPUT_KEEPS_UP] = "SOCKD_OUTPUT",
                [EVENT_FILE_DAMAGED] = "SOCKD_OUTPUT",
                [EVENT_FILE_REPAIRED] = "SOCKD_OUTPUT",
                [EVENT_NOT_REOPENED] = "SOCKD_OUTPUT",
                [EVENT_FILE_TRUNCATED] = "SOCKD_OUTPUT",
                [EVENT_DATAGRAMS_LOST] = "SOCKD_LISTENER",
                [EVENT_DATAGRAMS_KEPT] = "SOCKD_LISTENER",
                [EVENT_PEER_REFUSED] = "SOCKD_LISTENER",
                [EVENT_PEER_DENIED] = "SOCKD_LISTENER",
                [EVENT_BAD_HEADER] = "SOCKD_LISTENER",
                [EVENT_HANDSHAKE_FAILED] = "SOCKD_LISTENER",
                [EVENT_CERTIFICATE_EXPIRES] = "SOCKD_LISTENER",
                [EVENT_PARTIAL_REFUSED] = "SOCKD_LISTENER",
                [EVENT_RECEIPTS_REFUSED] = "SOCKD_LISTENER",
                [EVENT_RESET_UNREAD] = "SOCKD_LISTENER",
                [EVENT_BAD_FRAME] = "SOCKD_LISTENER",
                [EVENT_CUT_OFF] = "SOCKD_LISTENER",
                [EVENT_FRAMING_MISMATCH] = "SOCKD_LISTENER",
                [EVENT_CANNOT_ACCEPT] = "SOCKD_LISTENER",
                [EVENT_LISTENER_WAITS] = "SOCKD_LISTENER",
                [EVENT_LISTENER_COMPLETE] = "SOCKD_LISTENER",
        };

        (void)state;
        for (Event e = EVENT_NONE; e < EVENT_MAX_; e++) {
                const char *field = log_catalog_field(e);

                assert_int_equal(!field, !fields[e]);
                if (field)
                        assert_string_equal(field, fields[e]);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_ids),
                cmocka_unit_test(test_fields),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
