/* SPDX-License-Identifier: MIT */
/* The timer wheel. A timer is in the slot of the first tick that begins at or after its deadline. */

#include "core/timer.h"

#include "core/macro.h"
#include <assert.h>
#include <limits.h>

#define BITS 64
#define BUSY_WORDS (TIMER_WHEEL_SLOTS / BITS)

static void set_busy(TimerWheel *w, size_t slot) {
        w->busy[slot / BITS] |= UINT64_C(1) << slot % BITS;
}

static void clear_busy(TimerWheel *w, size_t slot) {
        w->busy[slot / BITS] &= ~(UINT64_C(1) << slot % BITS);
}

static void link_timer(Timer **head, Timer *t) {
        t->next = *head;
        t->prev_next = head;
        if (t->next)
                t->next->prev_next = &t->next;
        *head = t;
}

static void unlink_timer(TimerWheel *w, Timer *t) {
        /* By number: what points at this timer may be in another timer just as well. */
        size_t slot = ((uintptr_t)t->prev_next - (uintptr_t)w->slots) / sizeof(w->slots[0]);

        *t->prev_next = t->next;
        if (t->next)
                t->next->prev_next = t->prev_next;
        if (slot < TIMER_WHEEL_SLOTS && !w->slots[slot])
                clear_busy(w, slot);
        t->next = NULL;
        t->prev_next = NULL;
}

void timer_wheel_init(TimerWheel *w, uint64_t now_usec) {
        *w = (TimerWheel){ .tick = now_usec / TIMER_TICK_USEC };
}

void timer_set(TimerWheel *w, Timer *t, uint64_t deadline_usec) {
        uint64_t tick = deadline_usec / TIMER_TICK_USEC + (deadline_usec % TIMER_TICK_USEC > 0);
        size_t slot;

        timer_cancel(w, t);
        /*
         * Not at once: a handler that sets its timer to the past must not keep the loop spinning.
         */
        tick = MAX(tick, w->tick);
        slot = tick % TIMER_WHEEL_SLOTS;
        t->deadline_usec = deadline_usec;
        link_timer(&w->slots[slot], t);
        set_busy(w, slot);
        w->n_set++;
}

void timer_cancel(TimerWheel *w, Timer *t) {
        if (!timer_is_set(t))
                return;

        unlink_timer(w, t);
        assert(w->n_set > 0);
        w->n_set--;
}

/*
 * Ticks from w->tick to the next one whose slot is not empty; TIMER_WHEEL_SLOTS when all are empty.
 */
static size_t busy_distance(const TimerWheel *w) {
        size_t start = w->tick % TIMER_WHEEL_SLOTS;
        uint64_t bits = w->busy[start / BITS] & UINT64_MAX << start % BITS;

        /* One word more than there are: the first one's low bits come last. */
        for (size_t i = start / BITS; i <= start / BITS + BUSY_WORDS;
             bits = w->busy[++i % BUSY_WORDS]) {
                if (bits != 0)
                        return i * BITS + (size_t)__builtin_ctzll(bits) - start;
        }
        return TIMER_WHEEL_SLOTS;
}

/*
 * Moves the timers of this tick out of its slot, once: those of later turns are not looked at
 * again.
 */
static void collect_due(TimerWheel *w) {
        uint64_t end_usec = w->tick * TIMER_TICK_USEC;
        Timer *next;

        for (Timer *t = w->slots[w->tick % TIMER_WHEEL_SLOTS]; t; t = next) {
                next = t->next;
                if (t->deadline_usec > end_usec)
                        continue;
                unlink_timer(w, t);
                link_timer(&w->due, t);
        }
}

static void advance(TimerWheel *w, uint64_t now_tick) {
        size_t distance;

        /* One turn visits every slot, however many turns have passed. */
        if (w->tick <= now_tick && now_tick - w->tick >= TIMER_WHEEL_SLOTS)
                w->tick = now_tick - TIMER_WHEEL_SLOTS + 1;

        while (!w->due && w->tick <= now_tick) {
                distance = busy_distance(w);
                if (distance > now_tick - w->tick) {
                        w->tick = now_tick + 1;
                        return;
                }
                w->tick += distance;
                collect_due(w);
                w->tick++;
        }
}

Timer *timer_wheel_next(TimerWheel *w, uint64_t now_usec) {
        Timer *t;

        if (!w->due)
                advance(w, now_usec / TIMER_TICK_USEC);
        t = w->due;
        if (t)
                timer_cancel(w, t);
        return t;
}

int timer_wheel_timeout(const TimerWheel *w, uint64_t now_usec) {
        uint64_t wake_usec;
        uint64_t msec;

        if (w->n_set == 0)
                return -1;
        if (w->due)
                return 0;

        wake_usec = (w->tick + busy_distance(w)) * TIMER_TICK_USEC;
        if (wake_usec <= now_usec)
                return 0;

        msec = (wake_usec - now_usec + USEC_PER_MSEC - 1) / USEC_PER_MSEC;
        return (int)MIN(msec, (uint64_t)INT_MAX);
}
