/* SPDX-License-Identifier: MIT */
/* The doorbell is rung only for the first pending signal. */

#include "daemon/loop/mailbox.h"

int mailbox_init(Mailbox *m) {
        *m = (Mailbox){ 0 };
        return doorbell_init(&m->doorbell);
}

void mailbox_done(Mailbox *m) {
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

void mailbox_group_signal_some(MailboxGroup *g, uint64_t which, unsigned signals) {
        for (size_t i = 0; i < g->n_members; i++)
                if (which & (UINT64_C(1) << (i % 64)))
                        mailbox_signal(g->members[i], signals);
}

void mailbox_group_room(MailboxGroup *g) {
        if (atomic_load(&g->n_waiting) > 0)
                mailbox_group_signal(g, MAIL_ROOM);
}

unsigned mailbox_take(Mailbox *m) {
        (void)doorbell_answer(&m->doorbell); /* not rung: the signals were taken already */
        return atomic_exchange(&m->signals, 0);
}
