/* SPDX-License-Identifier: MIT */
/* One reason at a time: when that is gone, the next read looks for others. */

#include "daemon/net/stream_hold.h"

#include "config/config.h"
#include "core/macro.h"
#include "daemon/intake/intake.h"
#include "daemon/intake/intakes.h"
#include "daemon/net/listener.h"
#include "daemon/net/streams.h"

static Intake *intake_of(const Stream *s) {
        return s->streams->intakes->items[s->listener->config->route];
}

/* Without receipts, senders are held back while their messages would be lost. */
static StreamHold find_reason(const Stream *s) {
        if (_unlikely_(s->intake->full))
                return STREAM_HOLD_ROOM;
        if (!s->listener->receipt && intake_outputs_fail(s->intake))
                return STREAM_HOLD_FAILING;
        return STREAM_HOLD_NONE;
}

static bool is_over(const Stream *s) {
        switch ((StreamHold)s->hold) {
        case STREAM_HOLD_NONE:
                return false;
        case STREAM_HOLD_FAILING:
                return !intake_outputs_fail(s->intake);
        case STREAM_HOLD_ROOM:
                return !s->intake->full;
        case STREAM_HOLD_ROUTE:
                return s->addressee.n_pending == 0;
        }
        return false;
}

static void set_hold(Stream *s, StreamHold hold) {
        Streams *all = s->streams;

        all->n_without_room += (hold == STREAM_HOLD_ROOM);
        all->n_without_room -= (s->hold == STREAM_HOLD_ROOM);
        s->hold = (uint8_t)hold;
}

bool stream_hold_begin(Stream *s) {
        StreamHold hold = find_reason(s);

        if (_likely_(hold == STREAM_HOLD_NONE))
                return false;

        set_hold(s, hold);
        return true;
}

bool stream_hold_end(Stream *s) {
        if (!is_over(s))
                return false;

        if (s->hold == STREAM_HOLD_ROUTE)
                s->intake = intake_of(s);
        set_hold(s, STREAM_HOLD_NONE);
        s->last_usec = s->streams->loop->now_usec; /* we caused the pause */
        return true;
}

void stream_hold_forget(Stream *s) {
        set_hold(s, STREAM_HOLD_NONE);
}

void stream_hold_follow(Stream *s) {
        if (s->intake == intake_of(s))
                return;

        set_hold(s, STREAM_HOLD_ROUTE);
        (void)stream_hold_end(s);
}
