/* SPDX-License-Identifier: MIT */
/*
 * How the main thread looks at what only workers may touch, or has them do something: each worker
 * answers at the end of a wake-up, one after the other. One inquiry at a time. Owned by the server.
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
/* Whether the one under way is answered by all: who looks at event_fd may come after its end. */
bool inquiry_answered(Inquiry *q);
/* No worker touches the userdata any more. Returns whether all have answered. */
bool inquiry_end(Inquiry *q);

/*
 * For workers, when they got mail. *ROUND is the worker's own, 0 at the start: an inquiry is answered
 * once.
 */
void inquiry_answer(Inquiry *q, uint64_t *round, void *member);
