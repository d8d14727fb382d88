/* SPDX-License-Identifier: MIT */
/*
 * How other threads reach a worker: a set of pending signals. Owned by the worker, whose loop polls
 * the doorbell and who alone calls mailbox_take(); all other functions are thread-safe.
 */
#pragma once

#include "daemon/loop/doorbell.h"
#include <stdatomic.h>
#include <stddef.h>

typedef enum MailSignal {
        MAIL_COMMIT = 1 << 0,  /* a commit of this worker is complete */
        MAIL_ROOM = 1 << 1,    /* an output has room or works again */
        MAIL_ACCEPT = 1 << 2,  /* a place for a stream became free */
        MAIL_STREAMS = 1 << 3, /* accepted connections wait */
        MAIL_STOP = 1 << 4,    /* drain and end */
        MAIL_GIVE_UP = 1 << 5, /* the time to drain is over */
        MAIL_GATE = 1 << 6,    /* come to the gate */
        MAIL_INQUIRY = 1 << 7, /* answer an inquiry */
} MailSignal;

typedef struct Mailbox {
        Doorbell doorbell;
        atomic_uint signals;
} Mailbox;

/* All workers, for signals to all of them. The members are borrowed. */
typedef struct MailboxGroup {
        Mailbox **members;
        size_t n_members;
        atomic_uint n_waiting; /* workers that want MAIL_ROOM */
} MailboxGroup;

/* Returns 0 or negative errno. */
int mailbox_init(Mailbox *m);
void mailbox_done(Mailbox *m);

void mailbox_signal(Mailbox *m, unsigned signals);
void mailbox_group_signal(MailboxGroup *g, unsigned signals);
/* To those whose bit, which is that of their index modulo 64, is in WHICH. */
void mailbox_group_signal_some(MailboxGroup *g, uint64_t which, unsigned signals);
/* Sends MAIL_ROOM to all if any of them waits for it. */
void mailbox_group_room(MailboxGroup *g);

/* Returns and clears the pending signals. */
unsigned mailbox_take(Mailbox *m);
