/* SPDX-License-Identifier: MIT */
/* Rounds are numbered: a late or second answer of a worker is ignored. */

#include "daemon/loop/inquiry.h"

#include "daemon/loop/mailbox.h"
#include <assert.h>
#include <errno.h>

int inquiry_init(Inquiry *q) {
        int r = doorbell_init(&q->answered);

        if (r < 0)
                return r;

        (void)pthread_mutex_init(&q->mutex, NULL); /* cannot fail without attributes */
        return 0;
}

void inquiry_done(Inquiry *q) {
        if (q->answered.fd < 0)
                return;

        (void)pthread_mutex_destroy(&q->mutex); /* all workers have ended */
        doorbell_done(&q->answered);
}

void inquiry_start(Inquiry *q, MailboxGroup *group, InquiryAsk ask, void *userdata) {
        (void)pthread_mutex_lock(&q->mutex);
        assert(!q->ask);
        q->ask = ask;
        q->userdata = userdata;
        q->round++;
        q->n_missing = (unsigned)group->n_members;
        (void)pthread_mutex_unlock(&q->mutex);
        mailbox_group_signal(group, MAIL_INQUIRY);
}

bool inquiry_answered(Inquiry *q) {
        bool answered;

        (void)pthread_mutex_lock(&q->mutex);
        answered = q->ask && q->n_missing == 0;
        (void)pthread_mutex_unlock(&q->mutex);
        return answered;
}

bool inquiry_end(Inquiry *q) {
        bool answered;

        (void)pthread_mutex_lock(&q->mutex);
        answered = q->n_missing == 0;
        q->ask = NULL;
        (void)doorbell_answer(&q->answered);
        (void)pthread_mutex_unlock(&q->mutex);
        return answered;
}

void inquiry_answer(Inquiry *q, uint64_t *round, void *member) {
        (void)pthread_mutex_lock(&q->mutex);
        if (q->ask && *round != q->round) {
                *round = q->round;
                q->ask(member, q->userdata);
                if (--q->n_missing == 0)
                        doorbell_ring(&q->answered);
        }
        (void)pthread_mutex_unlock(&q->mutex);
}
