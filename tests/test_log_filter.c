/* SPDX-License-Identifier: MIT */
/* Which records are wanted; the calls of sd-journal are the test's own and write down the matches. */

#include "ctl/log_filter.h"

#include "core/instance.h"
#include "core/macro.h"
#include "ctl/log_entry.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-journal.h>
#include <unistd.h>
/* cmocka wants the above */
#include <cmocka.h>

static char matches[2048];

int sd_journal_add_match(sd_journal *j _unused_, const void *data, size_t size) {
        (void)snprintf(matches + strlen(matches), sizeof(matches) - strlen(matches), "%.*s ",
                       (int)size, (const char *)data);
        return 0;
}

int sd_journal_add_disjunction(sd_journal *j _unused_) {
        (void)strcat(matches, "or ");
        return 0;
}

static void check_matches(const LogFilter *f, const char *wanted) {
        char expected[2048], uid[32];
        Instance instance;

        (void)snprintf(uid, sizeof(uid), "_UID=%u", (unsigned)getuid());
        (void)snprintf(expected, sizeof(expected),
                       "MESSAGE_ID=%s %s_SYSTEMD_UNIT=sockd.service or MESSAGE_ID=%s %s_UID=0 or "
                       "MESSAGE_ID=%s %s%s or ",
                       RECORD_MESSAGE_ID, wanted, RECORD_MESSAGE_ID, wanted, RECORD_MESSAGE_ID,
                       wanted, uid);
        *matches = '\0';
        assert_int_equal(instance_init(&instance, NULL), 0);
        assert_int_equal(log_filter_apply(f, &instance, NULL), 0);
        assert_string_equal(matches, expected);

        (void)snprintf(expected, sizeof(expected),
                       "MESSAGE_ID=%s %s_SYSTEMD_UNIT=sockd@lab.service or ", RECORD_MESSAGE_ID,
                       wanted);
        *matches = '\0';
        assert_int_equal(instance_init(&instance, "lab"), 0);
        assert_int_equal(log_filter_apply(f, &instance, NULL), 0);
        assert_string_equal(matches, expected);
}

static void set_peers(LogFilter *f, const char *a, const char *b) {
        f->n_peers = 2;
        assert_int_equal(prefix_parse(a, &f->peers[0]), 0);
        assert_int_equal(prefix_parse(b, &f->peers[1]), 0);
}

static void test_matches(void **state _unused_) {
        LogFilter f = { 0 };

        check_matches(&f, "");
        f = (LogFilter){
                .ids = { "a-1", "a-2" }, .n_ids = 2, .listeners = { "tcp" }, .n_listeners = 1
        };
        check_matches(&f, "SOCKD_ID=a-1 SOCKD_ID=a-2 SOCKD_LISTENER=tcp ");
        f = (LogFilter){ .names = { "scale-7", "a@b" }, .n_names = 2 };
        check_matches(&f, "SOCKD_PEER_NAME=scale-7 SOCKD_PEER_NAME=a@b ");
        f = (LogFilter){ 0 };
        set_peers(&f, "192.0.2.1", "192.0.2.2");
        check_matches(&f, "SOCKD_PEER_ADDRESS=192.0.2.1 SOCKD_PEER_ADDRESS=192.0.2.2 ");
        set_peers(&f, "192.0.2.1", "10.0.0.0/8"); /* the journal cannot find these by itself */
        check_matches(&f, "");
        set_peers(&f, "192.0.2.1", "fe80::1");
        check_matches(&f, "");
        set_peers(&f, "uid:1000", "vsock:3");
        check_matches(&f, "SOCKD_PEER_ADDRESS=uid:1000 SOCKD_PEER_ADDRESS=vsock:3 ");
        set_peers(&f, "uid:1000", "gid:100"); /* the address does not tell the group */
        check_matches(&f, "");
}

static void test_wants(void **state _unused_) {
        static const struct {
                const char *peer;
                uint64_t usec;
                bool wanted;
        } table[] = {
                { "192.0.2.7", 100, true }, { "10.1.2.3", 200, true },   { "11.0.0.1", 150, false },
                { "192.0.2.7", 99, false }, { "192.0.2.7", 201, false },
        };
        LogFilter f = { .since_usec = 100, .until_usec = 200 };
        LogEntry e = { 0 };

        e.usec = 150;
        assert_true(log_filter_wants(&f, &e)); /* no peer is asked for */
        set_peers(&f, "192.0.2.7", "10.0.0.0/8");
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                assert_int_equal(address_parse(table[i].peer, 5, &e.peer), 0);
                e.usec = table[i].usec;
                assert_int_equal(log_filter_wants(&f, &e), table[i].wanted);
        }
}

static void test_wants_local(void **state _unused_) {
        LogFilter f = { .until_usec = UINT64_MAX };
        LogEntry e = { 0 };

        set_peers(&f, "gid:100", "vsock:3");
        e.peer = (Address){ .family = AF_UNIX, .process = { 1000, 100, 4711 } };
        assert_true(log_filter_wants(&f, &e));
        e.peer.process.gid = 101;
        assert_false(log_filter_wants(&f, &e));
        e.peer = (Address){ .family = AF_VSOCK, .machine = { 3, 51234 } };
        assert_true(log_filter_wants(&f, &e));
        e.peer.machine.cid = 4;
        assert_false(log_filter_wants(&f, &e));
}

static void test_wants_name(void **state _unused_) {
        LogFilter f = { .until_usec = UINT64_MAX, .names = { "a", "b" }, .n_names = 2 };
        LogEntry e = { .peer_name = "b" };

        assert_true(log_filter_wants(&f, &e));
        set_peers(&f, "192.0.2.7", "192.0.2.8"); /* both are demanded */
        assert_false(log_filter_wants(&f, &e));
        f.n_peers = 0;
        *e.peer_name = '\0';
        assert_false(log_filter_wants(&f, &e));
}

/* A record may reach the journal up to an hour after its time. */
static void test_past(void **state _unused_) {
        const LogFilter f = { .until_usec = 1000 }, open_end = { .until_usec = UINT64_MAX };

        assert_false(log_filter_is_past(&f, 0));
        assert_false(log_filter_is_past(&f, 1000 + 3600 * USEC_PER_SEC));
        assert_true(log_filter_is_past(&f, 1001 + 3600 * USEC_PER_SEC));
        assert_false(log_filter_is_past(&open_end, UINT64_MAX));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_matches),     cmocka_unit_test(test_wants),
                cmocka_unit_test(test_wants_local), cmocka_unit_test(test_wants_name),
                cmocka_unit_test(test_past),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
