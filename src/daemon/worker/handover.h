/* SPDX-License-Identifier: MIT */
/* Accepted connections for another worker. Owned by that worker, who takes; others put. */
#pragma once

#include "core/address.h"
#include <pthread.h>
#include <stddef.h>

typedef struct ListenerSocket ListenerSocket;

typedef struct HandoverItem {
        int fd; /* owned */
        ListenerSocket *origin;
        Address peer;
        PeerKind kind;
} HandoverItem;

typedef struct Handover {
        pthread_mutex_t mutex;
        HandoverItem *items; /* under the mutex */
        size_t n;
        size_t n_allocated;
} Handover;

void handover_init(Handover *h);
/* Closes what was not taken. */
void handover_done(Handover *h);

/* Takes the descriptor, on success only. Returns 0 or -ENOMEM. */
int handover_put(Handover *h, const HandoverItem *item);
/* Takes all; the caller frees the array. */
size_t handover_take(Handover *h, HandoverItem **ret);
