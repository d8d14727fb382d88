/* SPDX-License-Identifier: MIT */
/*
 * How the main thread gets at what only workers may touch: each worker runs a function at the end
 * of a wake-up, one after the other. One inquiry at a time. Owned by the Workers.
 */
#pragma once

#include "daemon/loop/doorbell.h"
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct MailboxGroup MailboxGroup;

/* Called in the thread of the worker that MEMBER stands for, never by two of them at once. */
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

/* For the main thread: all members of GROUP are asked. None may be under way. */
void inquiry_start(Inquiry *q, MailboxGroup *group, InquiryAsk ask, void *userdata);
/*
 * True once every worker has answered the current inquiry. The doorbell may still be rung from an
 * earlier one.
 */
bool inquiry_answered(Inquiry *q);
/* No worker touches the userdata any more. Returns whether all have answered. */
bool inquiry_end(Inquiry *q);

/*
 * For workers, when they got mail. *ROUND is the worker's own, 0 at the start: an inquiry is answered
 * once.
 */
void inquiry_answer(Inquiry *q, uint64_t *round, void *member);
