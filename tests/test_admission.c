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

/* As the acceptor does: with a place, which is given back unless the stream is admitted. */
static AdmissionVerdict decide(Admission *a, const Address *peer, uint64_t now_usec) {
        AdmissionVerdict v;

        assert_true(admission_take_place(a));
        v = admission_decide(a, peer, now_usec);
        if (v != ADMISSION_ADMITTED)
                admission_give_back(a, NULL);
        return v;
}

static void test_per_peer(void **state _unused_) {
        const ConfigLimits limits = { .connections = 10, .connections_per_peer = 2, .memory = 32 };
        const Address a = peer(1), b = peer(2);
        Fixture f;

        begin(&f, &limits);
        assert_int_equal(decide(f.admission, &a, 1), ADMISSION_ADMITTED);
        assert_int_equal(decide(f.admission, &a, 1), ADMISSION_ADMITTED);
        assert_int_equal(decide(f.admission, &a, 1), ADMISSION_PEER_FULL);
        assert_int_equal(decide(f.admission, &b, 1), ADMISSION_ADMITTED);
        assert_int_equal(admission_streams(f.admission), 3);
        admission_give_back(f.admission, &a);
        assert_int_equal(decide(f.admission, &a, 1), ADMISSION_ADMITTED);
        end(&f);
}

/* A burst of ten, then the rate. Those refused take nothing; each peer has its own. */
static void test_rate_per_peer(void **state _unused_) {
        ConfigLimits limits = { .connections = 99,
                                .connection_rate = 20,
                                .connection_rate_per_peer = 2,
                                .memory = 32 };
        const Address a = peer(1), b = peer(2);
        const uint64_t now = 1000 * USEC_PER_SEC;
        char reason[ADMISSION_REASON_MAX];
        uint64_t wait;
        Fixture f;

        begin(&f, &limits);
        for (unsigned i = 0; i < 10; i++)
                assert_int_equal(decide(f.admission, &a, now), ADMISSION_ADMITTED);
        for (unsigned i = 0; i < 10; i++)
                assert_int_equal(decide(f.admission, &a, now), ADMISSION_PEER_FAST);
        admission_format_reason(f.admission, ADMISSION_PEER_FAST, reason);
        assert_string_equal(reason, "limits.connection_rate_per_peer (2) reached");
        assert_int_equal(admission_streams(f.admission), 10);
        assert_int_equal(admission_left(f.admission, now, &wait), 10);
        for (unsigned i = 0; i < 10; i++)
                assert_int_equal(decide(f.admission, &b, now), ADMISSION_ADMITTED);
        assert_int_equal(admission_left(f.admission, now, &wait), 0);
        assert_int_equal(wait, USEC_PER_SEC / 20);
        assert_int_equal(admission_left(f.admission, now + wait, &wait), 1);
        assert_int_equal(decide(f.admission, &a, now + USEC_PER_SEC / 2 - 1), ADMISSION_PEER_FAST);
        assert_int_equal(decide(f.admission, &a, now + USEC_PER_SEC / 2), ADMISSION_ADMITTED);

        /* With other rates, all begin anew. */
        limits.connection_rate = 0;
        limits.connection_rate_per_peer = 3;
        admission_change(f.admission, &limits);
        assert_int_equal(admission_left(f.admission, now, &wait), UINT64_MAX);
        assert_int_equal(decide(f.admission, &a, now), ADMISSION_ADMITTED);
        end(&f);
}

/* A limit that a reload sets counts the streams there were before. */
static void test_limit_set_later(void **state _unused_) {
        ConfigLimits limits = { .connections = 10, .memory = 32 };
        const Address a = peer(1);
        Fixture f;

        begin(&f, &limits);
        for (unsigned i = 0; i < 5; i++)
                assert_int_equal(decide(f.admission, &a, 1), ADMISSION_ADMITTED);
        limits.connections_per_peer = 5;
        admission_change(f.admission, &limits);
        assert_int_equal(decide(f.admission, &a, 1), ADMISSION_PEER_FULL);
        admission_give_back(f.admission, &a);
        assert_int_equal(decide(f.admission, &a, 1), ADMISSION_ADMITTED);
        end(&f);
}

/* Who waits for a place is woken by the one that makes it. */
static void test_all_places(void **state _unused_) {
        const ConfigLimits limits = { .connections = 2, .memory = 32 };
        const Address a = peer(1);
        Fixture f;

        begin(&f, &limits);
        assert_int_equal(decide(f.admission, &a, 1), ADMISSION_ADMITTED);
        assert_true(admission_has_place(f.admission));
        admission_give_back(f.admission, &a);
        assert_int_equal(mailbox_take(&f.mailbox), 0);

        assert_int_equal(decide(f.admission, &a, 1), ADMISSION_ADMITTED);
        assert_int_equal(decide(f.admission, &a, 1), ADMISSION_ADMITTED);
        assert_false(admission_has_place(f.admission));
        assert_false(admission_take_place(f.admission));
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
                cmocka_unit_test(test_per_peer),        cmocka_unit_test(test_rate_per_peer),
                cmocka_unit_test(test_limit_set_later), cmocka_unit_test(test_all_places),
                cmocka_unit_test(test_memory),          cmocka_unit_test(test_ids),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
