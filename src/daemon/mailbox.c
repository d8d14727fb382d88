/* SPDX-License-Identifier: MIT */
/* A doorbell that is rung only when the worker may be asleep on it, and a locked list. */

#include "daemon/mailbox.h"

#include "core/macro.h"
#include <errno.h>

int mailbox_init(Mailbox *m) {
        int r;

        *m = (Mailbox){ 0 };
        r = doorbell_init(&m->doorbell);
        if (r < 0)
                return r;

        (void)pthread_mutex_init(&m->mutex, NULL); /* cannot fail without attributes */
        return 0;
}

void mailbox_done(Mailbox *m) {
        if (m->doorbell.fd < 0)
                return;

        for (size_t i = 0; i < m->n_streams; i++)
                (void)close(m->streams[i].fd); /* nothing was written to it */
        free(TAKE_PTR(m->streams));
        (void)pthread_mutex_destroy(&m->mutex); /* all other threads have ended */
        doorbell_done(&m->doorbell);
}

void mailbox_signal(Mailbox *m, unsigned signals) {
        if (atomic_fetch_or(&m->signals, signals) == 0)
                doorbell_ring(&m->doorbell);
}

void mailbox_group_signal(MailboxGroup *g, unsigned signals) {
        for (size_t i = 0; i < g->n_members; i++)
                mailbox_signal(g->members[i], signals);
}

void mailbox_group_room(MailboxGroup *g) {
        if (atomic_load(&g->n_waiting) > 0)
                mailbox_group_signal(g, MAIL_ROOM);
}

int mailbox_post_stream(Mailbox *m, const MailStream *s) {
        int r = 0;

        (void)pthread_mutex_lock(&m->mutex);
        if (m->n_streams == m->n_allocated) {
                size_t n = MAX(2 * m->n_allocated, (size_t)16);
                MailStream *streams = reallocarray(m->streams, n, sizeof(*streams));

                if (streams) {
                        m->streams = streams;
                        m->n_allocated = n;
                } else
                        r = -ENOMEM;
        }
        if (r == 0)
                m->streams[m->n_streams++] = *s;
        (void)pthread_mutex_unlock(&m->mutex);

        if (r == 0)
                mailbox_signal(m, MAIL_STREAMS);
        return r;
}

unsigned mailbox_take(Mailbox *m) {
        (void)doorbell_answer(
                &m->doorbell); /* the signals of an earlier ring may be taken already */
        return atomic_exchange(&m->signals, 0);
}

size_t mailbox_take_streams(Mailbox *m, MailStream **ret) {
        size_t n;

        (void)pthread_mutex_lock(&m->mutex);
        *ret = TAKE_PTR(m->streams);
        n = m->n_streams;
        m->n_streams = m->n_allocated = 0;
        (void)pthread_mutex_unlock(&m->mutex);
        return n;
}
