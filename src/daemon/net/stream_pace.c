/* SPDX-License-Identifier: MIT */
/* A read takes what the peer has left, so all its streams exceed the limit by one short read. */

#include "daemon/net/stream_pace.h"

#include "core/macro.h"
#include "core/peers.h"
#include "daemon/net/pace.h"
#include "daemon/net/stream_peer.h"
#include "daemon/net/streams.h"

/* Less would cost a system call for few messages. */
#define READ_MIN 4096
/* In a turn: some 5 ms. */
#define TURN_MESSAGES 16384
/* The same, before it is known how long they are. */
#define TURN_FIRST (64 * 1024)
#define REPORT_USEC USEC_PER_SEC

/* In turns, others wait: short messages take longer than their bytes. */
static size_t read_max(const Stream *s) {
        uint64_t size;

        if (_likely_(!s->streams->takes_turns))
                return STREAMS_READ_SIZE;
        if (s->n_messages == 0)
                return TURN_FIRST;

        size = (s->n_bytes / s->n_messages + 1) * TURN_MESSAGES;
        return (size_t)MIN(size, (uint64_t)STREAMS_READ_SIZE);
}

size_t stream_pace_read_size(Stream *s) {
        Streams *all = s->streams;
        uint64_t now = all->loop->now_usec, left, wait;

        if (!pace_is_limited(all->pace) || s->draining)
                return read_max(s);

        left = pace_left(all->pace, &s->peer, now, &wait);
        if (left > 0)
                return (size_t)MIN(MAX(left, (uint64_t)READ_MIN), (uint64_t)read_max(s));

        s->paced_since_usec = now;
        s->paced_until_usec = now + wait;
        if (!timer_is_set(&all->pace_timer))
                timer_set(&all->loop->timers, &all->pace_timer, now + REPORT_USEC);
        return 0;
}

void stream_pace_note(Stream *s, uint64_t n) {
        Streams *all = s->streams;

        if (pace_is_limited(all->pace))
                pace_take(all->pace, &s->peer, n, all->loop->now_usec);
}

void stream_pace_resume(Stream *s) {
        Streams *all = s->streams;
        uint64_t held;

        if (s->paced_since_usec == 0)
                return;

        held = all->loop->now_usec - s->paced_since_usec;
        pace_note_held(all->pace, held);
        stream_peer_note(s, &(Peer){ .held_back_usec = held });
        s->paced_since_usec = 0;
        s->last_usec = all->loop->now_usec; /* we caused the pause */
}

void stream_pace_on_timer(Timer *t) {
        Streams *all = CONTAINER_OF(t, Streams, pace_timer);

        if (pace_report(all->pace, all->loop->now_usec))
                timer_set(&all->loop->timers, t, all->loop->now_usec + REPORT_USEC);
}
