/* SPDX-License-Identifier: MIT */
/*
 * A coarse hashed timer wheel: setting and cancelling are O(1), one wheel per worker, no locking. A
 * timer never fires early and fires at most one tick late. Times are CLOCK_MONOTONIC microseconds
 * and are handed in; the wheel reads no clock. Timers are embedded in their owner, who cancels them
 * before it goes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define TIMER_TICK_USEC UINT64_C(16384)
#define TIMER_WHEEL_SLOTS 512 /* one turn is about 8.4 s; later deadlines go round more than once */

/* All zero = not set. */
typedef struct Timer Timer;
struct Timer {
        void (*on_timer)(Timer *t); /* set by the owner; the wheel does not call it */
        Timer *next;
        Timer **prev_next; /* NULL when not set */
        uint64_t deadline_usec;
};

typedef struct TimerWheel {
        Timer *slots[TIMER_WHEEL_SLOTS];
        uint64_t busy[TIMER_WHEEL_SLOTS / 64]; /* one bit for each slot that is not empty */
        Timer *due;                            /* taken out of their slot, not yet handed out */
        uint64_t tick;                         /* the first tick that has not been expired yet */
        unsigned n_set;                        /* timers in the wheel, the due ones too */
} TimerWheel;

void timer_wheel_init(TimerWheel *w, uint64_t now_usec);

/* Sets, or moves when already set. A deadline in the past fires at the next tick. */
void timer_set(TimerWheel *w, Timer *t, uint64_t deadline_usec);
void timer_cancel(TimerWheel *w, Timer *t);
static inline bool timer_is_set(const Timer *t) {
        return t->prev_next;
}

/*
 * Takes one timer whose deadline has passed out of the wheel; NULL when none is left. Call it in a
 * loop; the handler may set and cancel any timer, also the one that fired.
 */
Timer *timer_wheel_next(TimerWheel *w, uint64_t now_usec);

/*
 * Milliseconds until timer_wheel_next() should be called, rounded up; -1 when the wheel is empty.
 */
int timer_wheel_timeout(const TimerWheel *w, uint64_t now_usec);
