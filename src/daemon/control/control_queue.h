/* SPDX-License-Identifier: MIT */
/*
 * Whose call is next: calls that wait, in the order they came, by user; the users take turns. All of
 * one user wait for no more than one of each other user. What waits is bounded, per user, too.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#define CONTROL_QUEUE_MAX 256
#define CONTROL_QUEUE_USER_MAX 64

typedef struct ControlQueue ControlQueue;
typedef struct ControlTurn ControlTurn;

/* Embedded in what waits. */
struct ControlTurn {
        TAILQ_ENTRY(ControlTurn) link;
        uid_t uid;
        uint64_t round; /* a user has one turn in each */
};

struct ControlQueue {
        TAILQ_HEAD(ControlTurnList, ControlTurn) turns; /* the next one first */
        uint64_t round;                                 /* of the last one that was removed */
        unsigned n;
};

void control_queue_init(ControlQueue *q);
/* T waits, as the last of UID. Returns whether there is room. */
bool control_queue_add(ControlQueue *q, ControlTurn *t, uid_t uid);
/* T has its turn; it need not be the first. */
void control_queue_remove(ControlQueue *q, ControlTurn *t);
