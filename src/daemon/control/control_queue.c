/* SPDX-License-Identifier: MIT */
/* A list in the order of rounds: the n-th call of a user waits for the n-th round from now. */

#include "daemon/control/control_queue.h"

#include "core/macro.h"

void control_queue_init(ControlQueue *q) {
        *q = (ControlQueue){ 0 };
        TAILQ_INIT(&q->turns);
}

bool control_queue_add(ControlQueue *q, ControlTurn *t, uid_t uid) {
        uint64_t round = q->round;
        ControlTurn *other;
        unsigned n = 0;

        TAILQ_FOREACH(other, &q->turns, link)
        if (other->uid == uid) {
                round = MAX(round, other->round);
                n++;
        }
        if (n >= CONTROL_QUEUE_USER_MAX || q->n >= CONTROL_QUEUE_MAX)
                return false;

        *t = (ControlTurn){ .uid = uid, .round = round + 1 };
        TAILQ_FOREACH_REVERSE(other, &q->turns, ControlTurnList, link)
        if (other->round <= t->round)
                break;
        if (other)
                TAILQ_INSERT_AFTER(&q->turns, other, t, link);
        else
                TAILQ_INSERT_HEAD(&q->turns, t, link);
        q->n++;
        return true;
}

void control_queue_remove(ControlQueue *q, ControlTurn *t) {
        TAILQ_REMOVE(&q->turns, t, link);
        q->round = MAX(q->round, t->round);
        q->n--;
}
