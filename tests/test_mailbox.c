/* SPDX-License-Identifier: MIT */
/* Signals add up until they are taken; a worker that sleeps on the doorbell misses none. */

#include "daemon/loop/mailbox.h"

#include "unit.h"
#include <poll.h>
#include <pthread.h>

#define ROUNDS 2000

static bool has_mail(const Mailbox *m) {
        return poll(&(struct pollfd){ .fd = m->doorbell.fd, .events = POLLIN }, 1, 0) == 1;
}

static void test_signals(void **state _unused_) {
        Mailbox m;

        assert_int_equal(mailbox_init(&m), 0);
        assert_false(has_mail(&m));
        assert_int_equal(mailbox_take(&m), 0);
        mailbox_signal(&m, MAIL_STOP);
        mailbox_signal(&m, MAIL_ROOM | MAIL_STOP);
        assert_true(has_mail(&m));
        assert_int_equal(mailbox_take(&m), MAIL_STOP | MAIL_ROOM);
        assert_false(has_mail(&m));
        assert_int_equal(mailbox_take(&m), 0);
        mailbox_signal(&m, MAIL_GATE);
        assert_int_equal(mailbox_take(&m), MAIL_GATE);
        mailbox_done(&m);
}

static void test_group(void **state _unused_) {
        Mailbox a, b, *members[] = { &a, &b };
        MailboxGroup g = { .members = members, .n_members = 2 };

        assert_int_equal(mailbox_init(&a), 0);
        assert_int_equal(mailbox_init(&b), 0);
        mailbox_group_signal(&g, MAIL_ACCEPT);
        assert_int_equal(mailbox_take(&a), MAIL_ACCEPT);
        assert_int_equal(mailbox_take(&b), MAIL_ACCEPT);
        mailbox_group_room(&g);
        assert_false(has_mail(&a) || has_mail(&b));
        atomic_fetch_add(&g.n_waiting, 1);
        mailbox_group_room(&g);
        assert_int_equal(mailbox_take(&a), MAIL_ROOM);
        assert_int_equal(mailbox_take(&b), MAIL_ROOM);
        mailbox_done(&a);
        mailbox_done(&b);
}

typedef struct Sender {
        Mailbox *mailbox;
        unsigned signal;
        Doorbell taken;
        pthread_t thread;
} Sender;

static void wait_for(const Doorbell *d) {
        while (poll(&(struct pollfd){ .fd = d->fd, .events = POLLIN }, 1, -1) != 1)
                ;
}

static void *send_signals(void *userdata) {
        Sender *s = userdata;

        for (int i = 0; i < ROUNDS; i++) {
                mailbox_signal(s->mailbox, s->signal);
                wait_for(&s->taken);
                (void)doorbell_answer(&s->taken);
        }
        return NULL;
}

/* A sender goes on once its signal was taken, so one that is lost ends in the alarm. */
static void test_senders(void **state _unused_) {
        Sender senders[] = { { .signal = MAIL_COMMIT }, { .signal = MAIL_STREAMS } };
        unsigned n_taken = 0;
        Mailbox m;

        assert_int_equal(mailbox_init(&m), 0);
        for (size_t i = 0; i < ELEMENTSOF(senders); i++) {
                senders[i].mailbox = &m;
                assert_int_equal(doorbell_init(&senders[i].taken), 0);
                assert_int_equal(
                        pthread_create(&senders[i].thread, NULL, send_signals, &senders[i]), 0);
        }
        while (n_taken < ELEMENTSOF(senders) * ROUNDS) {
                unsigned signals;

                wait_for(&m.doorbell);
                signals = mailbox_take(&m);
                for (size_t i = 0; i < ELEMENTSOF(senders); i++)
                        if (signals & senders[i].signal) {
                                n_taken++;
                                doorbell_ring(&senders[i].taken);
                        }
        }
        for (size_t i = 0; i < ELEMENTSOF(senders); i++) {
                assert_int_equal(pthread_join(senders[i].thread, NULL), 0);
                doorbell_done(&senders[i].taken);
        }
        assert_int_equal(mailbox_take(&m), 0);
        mailbox_done(&m);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_signals),
                cmocka_unit_test(test_group),
                cmocka_unit_test(test_senders),
        };

        (void)alarm(60); /* a last resort, when what is waited for does not come */
        return cmocka_run_group_tests(tests, NULL, NULL);
}
