/* SPDX-License-Identifier: MIT */
/*
 * Without receipts: written when a buffer fills or input runs dry. With receipts: written at the
 * end of each wake-up; while flushes are fast and input is pending, the flush is deferred so that
 * one covers all of it.
 */

#include "daemon/intake/flush_policy.h"

#include "core/macro.h"

/* Maximum number of wake-ups to delay a write, a flush. */
#define WRITE_DELAY_MAX 16
#define FLUSH_DELAY_MAX 8
/* Flushes shorter than this are worth delaying: pending input is served sooner than one ends. */
#define QUICK_USEC (USEC_PER_MSEC / 2)
/* A worker serves nobody while it flushes: it leaves longer flushes to the commit thread. */
#define HERE_USEC (2 * USEC_PER_MSEC)

static FlushAction on_woken(const FlushState *s) {
        if (!s->flush_wanted)
                return s->has_input || s->open == FLUSH_OPEN_NOTHING ? FLUSH_WAIT : FLUSH_WRITE;
        if (s->serves_datagrams)
                return FLUSH_ASK;
        if (!s->has_input)
                return s->flush_usec <= HERE_USEC ? FLUSH_HERE : FLUSH_ASK;
        return s->flush_usec <= QUICK_USEC && s->n_flush_delayed < FLUSH_DELAY_MAX ? FLUSH_WAIT
                                                                                   : FLUSH_ASK;
}

/* A long wake-up hands over in steps, so that outputs work while it reads on. */
static FlushAction on_step(const FlushState *s) {
        return s->open == FLUSH_OPEN_AWAITED && s->n_read >= FLUSH_STEP_SIZE ? FLUSH_ASK
                                                                             : FLUSH_WAIT;
}

static FlushAction on_served(const FlushState *s) {
        return s->open == FLUSH_OPEN_PATIENT && !s->must_write &&
                               s->n_write_delayed < WRITE_DELAY_MAX
                       ? FLUSH_WAIT
                       : FLUSH_WRITE;
}

FlushAction flush_policy_next(const FlushState *s) {
        switch (s->moment) {
        case FLUSH_WOKEN:
                return on_woken(s);
        case FLUSH_STEP:
                return on_step(s);
        case FLUSH_SERVED:
                return on_served(s);
        }
        return FLUSH_WRITE;
}
