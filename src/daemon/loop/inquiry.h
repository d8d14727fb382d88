/* SPDX-License-Identifier: MIT */
/*
 * Runs a function in the thread of each worker, one at a time, at the end of a wake-up: for the
 * main thread to get at what only workers may touch. One inquiry at a time. Owned by the Workers.
 */
#pragma once

#include "daemon/loop/doorbell.h"
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct MailboxGroup MailboxGroup;

/* Called in the thread of the worker that MEMBER stands for, never concurrently. */
typedef void (*InquiryAsk)(void *member, void *userdata);

typedef struct Inquiry {
        pthread_mutex_t mutex;
        Doorbell answered; /* rung once all have answered */
        InquiryAsk ask;    /* NULL: none is under way */
        void *userdata;
        uint64_t round;
        unsigned n_missing;
} Inquiry;

int inquiry_init(Inquiry *q);
void inquiry_done(Inquiry *q);

/* Main thread: asks all members of GROUP. No other inquiry may be under way. */
void inquiry_start(Inquiry *q, MailboxGroup *group, InquiryAsk ask, void *userdata);
/* Whether every worker has answered; the doorbell may be from an earlier inquiry. */
bool inquiry_answered(Inquiry *q);
/* Ends the inquiry: no worker uses the userdata any more. Returns whether all have answered. */
bool inquiry_end(Inquiry *q);

/* Workers, on MAIL_INQUIRY: answers once. *ROUND is the worker's own, initially 0. */
void inquiry_answer(Inquiry *q, uint64_t *round, void *member);
