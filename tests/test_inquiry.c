/* SPDX-License-Identifier: MIT */
/* Every member is asked once an inquiry, and those that come late find another one or none. */

#include "daemon/loop/inquiry.h"

#include "daemon/loop/mailbox.h"
#include "unit.h"
#include <poll.h>

#define N_MEMBERS 2

typedef struct Member {
        Mailbox mailbox;
        uint64_t round;
} Member;

typedef struct Group {
        Member members[N_MEMBERS];
        Mailbox *mailboxes[N_MEMBERS];
        MailboxGroup group;
        Inquiry inquiry;
        unsigned n_asked[N_MEMBERS];
} Group;

static void ask(void *member, void *userdata) {
        Group *g = userdata;

        g->n_asked[(Member *)member - g->members]++;
}

static int set_up(void **state) {
        static Group g;

        g = (Group){ .group = { .members = g.mailboxes, .n_members = N_MEMBERS } };
        for (size_t i = 0; i < N_MEMBERS; i++) {
                assert_int_equal(mailbox_init(&g.members[i].mailbox), 0);
                g.mailboxes[i] = &g.members[i].mailbox;
        }
        *state = &g;
        return inquiry_init(&g.inquiry);
}

static int tear_down(void **state) {
        Group *g = *state;

        for (size_t i = 0; i < N_MEMBERS; i++)
                mailbox_done(&g->members[i].mailbox);
        inquiry_done(&g->inquiry);
        inquiry_done(&g->inquiry);
        return 0;
}

static void start(Group *g) {
        inquiry_start(&g->inquiry, &g->group, ask, g);
        for (size_t i = 0; i < N_MEMBERS; i++)
                assert_int_equal(mailbox_take(&g->members[i].mailbox), MAIL_INQUIRY);
}

static void answer(Group *g, size_t i) {
        inquiry_answer(&g->inquiry, &g->members[i].round, &g->members[i]);
}

static bool is_rung(const Group *g) {
        return poll(&(struct pollfd){ .fd = g->inquiry.answered.fd, .events = POLLIN }, 1, 0) == 1;
}

static void check_asked(const Group *g, unsigned first, unsigned second) {
        assert_int_equal(g->n_asked[0], first);
        assert_int_equal(g->n_asked[1], second);
}

static void test_all_answer(void **state) {
        Group *g = *state;

        answer(g, 0); /* other mail: nobody asks */
        check_asked(g, 0, 0);
        for (unsigned round = 0; round < 3; round++) {
                start(g);
                check_asked(g, round, round);
                answer(g, 1);
                answer(g, 1);
                check_asked(g, round, round + 1);
                assert_false(inquiry_answered(&g->inquiry));
                assert_false(is_rung(g));
                answer(g, 0);
                check_asked(g, round + 1, round + 1);
                assert_true(inquiry_answered(&g->inquiry));
                assert_true(is_rung(g));
                assert_true(inquiry_end(&g->inquiry));
                assert_false(is_rung(g));
                assert_false(inquiry_answered(&g->inquiry));
        }
}

/* The end comes first: the userdata is not touched any more, and nothing is left to the next. */
static void test_end_before_answers(void **state) {
        Group *g = *state;

        start(g);
        answer(g, 0);
        assert_false(inquiry_end(&g->inquiry));
        answer(g, 1);
        check_asked(g, 1, 0);
        start(g);
        answer(g, 0);
        assert_false(inquiry_answered(&g->inquiry));
        answer(g, 1);
        check_asked(g, 2, 1);
        assert_true(inquiry_end(&g->inquiry));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_all_answer, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_end_before_answers, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
