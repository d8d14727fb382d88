/* SPDX-License-Identifier: MIT */
/* Places for streams, and the shares of limits.memory. */

#include "daemon/net/admission.h"

#include "config/config.h"
#include "daemon/loop/mailbox.h"
#include "tests/unit.h"
#include <arpa/inet.h>

static Address peer(uint32_t host) {
        return (Address){ .family = AF_INET, .port = 1, .v4.s_addr = htonl(host) };
}

typedef struct Fixture {
        Mailbox mailbox, *members[1];
        MailboxGroup group;
        Admission *admission;
} Fixture;

static void begin(Fixture *f, const ConfigLimits *limits) {
        *f = (Fixture){ .group.n_members = 1 };
        assert_int_equal(mailbox_init(&f->mailbox), 0);
        f->members[0] = &f->mailbox;
        f->group.members = f->members;
        f->admission = admission_new(limits, &f->group);
        assert_non_null(f->admission);
}

static void end(Fixture *f) {
        (void)admission_free(f->admission);
        mailbox_done(&f->mailbox);
}

static void test_per_peer(void **state _unused_) {
        const ConfigLimits limits = { .connections = 10, .connections_per_peer = 2, .memory = 32 };
        const Address a = peer(1), b = peer(2);
        Fixture f;

        begin(&f, &limits);
        assert_int_equal(admission_decide(f.admission, &a), ADMISSION_ADMITTED);
        assert_int_equal(admission_decide(f.admission, &a), ADMISSION_ADMITTED);
        assert_int_equal(admission_decide(f.admission, &a), ADMISSION_PEER_FULL);
        assert_int_equal(admission_decide(f.admission, &b), ADMISSION_ADMITTED);
        assert_int_equal(admission_streams(f.admission), 3);
        admission_give_back(f.admission, &a);
        assert_int_equal(admission_decide(f.admission, &a), ADMISSION_ADMITTED);
        end(&f);
}

/* A limit that a reload sets counts the streams there were before. */
static void test_limit_set_later(void **state _unused_) {
        ConfigLimits limits = { .connections = 10, .memory = 32 };
        const Address a = peer(1);
        Fixture f;

        begin(&f, &limits);
        for (unsigned i = 0; i < 5; i++)
                assert_int_equal(admission_decide(f.admission, &a), ADMISSION_ADMITTED);
        limits.connections_per_peer = 5;
        admission_change(f.admission, &limits);
        assert_int_equal(admission_decide(f.admission, &a), ADMISSION_PEER_FULL);
        admission_give_back(f.admission, &a);
        assert_int_equal(admission_decide(f.admission, &a), ADMISSION_ADMITTED);
        end(&f);
}

/* Who waits for a place is woken by the one that makes it. */
static void test_all_places(void **state _unused_) {
        const ConfigLimits limits = { .connections = 2, .memory = 32 };
        const Address a = peer(1);
        Fixture f;

        begin(&f, &limits);
        assert_int_equal(admission_decide(f.admission, &a), ADMISSION_ADMITTED);
        assert_true(admission_has_place(f.admission));
        admission_give_back(f.admission, &a);
        assert_int_equal(mailbox_take(&f.mailbox), 0);

        assert_int_equal(admission_decide(f.admission, &a), ADMISSION_ADMITTED);
        assert_int_equal(admission_decide(f.admission, &a), ADMISSION_ADMITTED);
        assert_false(admission_has_place(f.admission));
        admission_give_back(f.admission, &a);
        assert_int_equal(mailbox_take(&f.mailbox), MAIL_ACCEPT);
        assert_true(admission_has_place(f.admission));
        end(&f);
}

static void test_memory(void **state _unused_) {
        const ConfigLimits limits = { .connections = 2, .memory = 1600 };
        Fixture f;

        begin(&f, &limits);
        assert_false(admission_add_partial(f.admission, 800));
        assert_true(admission_add_partial(f.admission, 1));
        assert_false(admission_add_partial(f.admission, -1));
        assert_false(admission_add_unsent(f.admission, 100));
        assert_true(admission_add_unsent(f.admission, 1));
        end(&f);
}

static void test_ids(void **state _unused_) {
        const ConfigLimits limits = { .connections = 2, .memory = 32 };
        Fixture f;

        begin(&f, &limits);
        assert_int_equal(admission_next_id(f.admission), 1);
        assert_int_equal(admission_next_id(f.admission), 2);
        end(&f);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_per_peer),   cmocka_unit_test(test_limit_set_later),
                cmocka_unit_test(test_all_places), cmocka_unit_test(test_memory),
                cmocka_unit_test(test_ids),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
