/* SPDX-License-Identifier: MIT */
/* Operations on all streams of a worker. */

#include "daemon/net/streams.h"

#include "config/config.h"
#include "core/clock.h"
#include "core/macro.h"
#include "core/peers.h"
#include "core/turns.h"
#include "daemon/intake/intake.h"
#include "daemon/net/admission.h"
#include "daemon/net/listener.h"
#include "daemon/net/stream.h"
#include "daemon/net/stream_backlog.h"
#include "daemon/net/stream_end.h"
#include "daemon/net/stream_open.h"
#include "daemon/net/stream_pace.h"
#include "daemon/net/stream_peer.h"
#include "daemon/net/stream_settle.h"
#include <errno.h>

/* What serving a stream costs beside its bytes: system calls, a receipt. */
#define SERVE_COST (8 * 1024)
/* The same for a message: a record, a receipt. */
#define MESSAGE_COST 128
/* One takes from half a millisecond to several: what others wait for at most. */
#define HANDSHAKES_USEC USEC_PER_MSEC

Streams *streams_new(Loop *loop, const Intakes *intakes, Admission *admission, Pace *pace,
                     Peers *peers) {
        Streams *a = calloc(1, sizeof(*a));

        if (!a)
                return NULL;

        a->loop = loop;
        a->intakes = intakes;
        a->admission = admission;
        a->pace = pace;
        a->peers = peers;
        a->pace_timer.on_timer = stream_pace_on_timer;
        TAILQ_INIT(&a->whole);
        TAILQ_INIT(&a->partial);
        TAILQ_INIT(&a->referred);
        TAILQ_INIT(&a->unused);
        a->turns = turns_new();
        a->handshakes = turns_new();
        a->buffer = malloc(STREAMS_READ_SIZE);
        return a->turns && a->handshakes && a->buffer ? a : streams_free(a);
}

/* VISIT may end that stream, but no other. */
static void for_each(StreamList *l, void (*visit)(Stream *s)) {
        for (Stream *s = TAILQ_FIRST(l), *next; s; s = next) {
                next = TAILQ_NEXT(s, link);
                visit(s);
        }
}

/* The ones with partial messages first: they are older. */
static void for_each_open(Streams *a, void (*visit)(Stream *s)) {
        for_each(&a->partial, visit);
        for_each(&a->whole, visit);
}

static void abort_stopped(Stream *s) {
        stream_end_abort(s, "stopped");
}

static void free_list(StreamList *l) {
        Stream *s;

        while ((s = TAILQ_FIRST(l))) {
                TAILQ_REMOVE(l, s, link);
                (void)stream_free(s);
        }
}

Streams *streams_free(Streams *a) {
        if (!a)
                return NULL;

        for_each_open(a, abort_stopped);
        free_list(&a->referred);
        free_list(&a->unused);
        a->turns = turns_free(a->turns);
        a->handshakes = turns_free(a->handshakes);
        free(a->tls_buffer);
        free(a->buffer);
        free(a);
        return NULL;
}

void streams_configure(Streams *a, const ConfigLimits *limits, bool shows_local) {
        a->message_size = (size_t)limits->message_size;
        a->idle_timeout_usec = limits->idle_timeout_usec;
        a->shows_local = shows_local;
}

void streams_add(Streams *a, ListenerSocket *origin, int fd, const Address *peer, PeerKind kind) {
        int r = stream_new(a, origin, fd, peer, kind);

        if (r >= 0)
                return;

        if (r == -EDQUOT)
                listener_note_rejected(origin->listener, peer, "limits.memory reached",
                                       a->loop->now_usec);
        (void)close(fd); /* nothing was written to it */
        admission_give_back(a->admission, kind == PEER_PROXY ? NULL : peer);
        atomic_fetch_sub(&origin->n_streams, 1);
}

size_t streams_waiting(const Streams *a) {
        return turns_count(a->turns);
}

size_t streams_serve_next(Streams *a) {
        Turn *t = turns_next(a->turns);
        size_t n_read = a->n_read;
        uint64_t n_messages;
        Stream *s;

        if (!t)
                return 0;

        s = CONTAINER_OF(t, Stream, turn);
        n_messages = s->n_messages;
        stream_serve(s);
        return a->n_read - n_read + (s->n_messages - n_messages) * MESSAGE_COST + SERVE_COST;
}

bool streams_shake_hands(Streams *a) {
        uint64_t until_usec;
        Turn *t;

        if (turns_count(a->handshakes) == 0)
                return false;

        until_usec = clock_monotonic() + HANDSHAKES_USEC;
        while ((t = turns_next(a->handshakes))) {
                stream_serve(CONTAINER_OF(t, Stream, turn));
                if (clock_monotonic() >= until_usec)
                        break;
        }
        return turns_count(a->handshakes) > 0;
}

/* What is plain is not permitted any more. */
static bool lacks_tls(const Stream *s) {
        return s->listener->tls && !s->tls;
}

/* The access lists may have changed, and the rate. */
static void reconfigure(Stream *s) {
        stream_pace_resume(s);
        stream_reconfigure(s);
        if (stream_takes_input(s) && !s->draining && (!stream_open_review(s) || lacks_tls(s)))
                stream_disconnect(s);
}

void streams_reconfigure(Streams *a) {
        for_each_open(a, reconfigure);
}

void streams_resume(Streams *a) {
        for (Stream *s = a->blocked, *next; s; s = next) {
                next = s->backlog->next;
                if (s->intake->full || s->hold)
                        continue;
                stream_backlog_unblock(s);
                stream_resume(s);
        }
        if (a->n_without_room > 0)
                streams_release(a);
}

void streams_release(Streams *a) {
        for_each_open(a, stream_release);
}

static void refuse_partial(Stream *s) {
        Streams *a = s->streams;

        if (s->state == STREAM_OPENING) {
                stream_open_refuse(s);
                return;
        }

        /* Counts as a message, although its end is unknown. */
        counter_add(&s->listener->stats.received, 1);
        counter_add(&s->listener->stats.refused, 1);
        stream_peer_note(s, &(Peer){ .refused = 1 });
        log_event_limited(&s->listener->partial_rate, a->loop->now_usec, EVENT_PARTIAL_REFUSED,
                          s->listener->config->name, LOG_WARNING, 0,
                          "listener %s: unterminated messages fill half of limits.memory, closing "
                          "the connection with the oldest one, %.*s",
                          s->listener->config->name, s->peer_text_size, s->peer_text);
        stream_end_finish(s, "limits.memory");
        stream_settle(s);
}

/* The oldest first. What other workers hold is theirs to close. */
void streams_limit_partial(Streams *a) {
        a->partial_over = false;
        while (admission_partial_is_over(a->admission) && !TAILQ_EMPTY(&a->partial))
                refuse_partial(TAILQ_FIRST(&a->partial));
}

void streams_free_unused(Streams *a) {
        free_list(&a->unused);
}

void streams_drain(Streams *a) {
        a->draining = true;
        for_each_open(a, stream_drain);
}

static bool any_is_reading(const StreamList *l) {
        const Stream *s;

        TAILQ_FOREACH(s, l, link)
        if (stream_takes_input(s))
                return true;

        return false;
}

bool streams_are_drained(const Streams *a) {
        return !a->blocked && !any_is_reading(&a->whole) && !any_is_reading(&a->partial);
}

bool streams_are_gone(const Streams *a) {
        return TAILQ_EMPTY(&a->whole) && TAILQ_EMPTY(&a->partial) && TAILQ_EMPTY(&a->referred);
}

static void abort_unsent(Stream *s) {
        if (s->unsent)
                stream_end_abort(s, "receipts not read");
}

void streams_abort_unsent(Streams *a) {
        for_each_open(a, abort_unsent);
}

void streams_for_each(Streams *a, void (*visit)(Stream *s, void *userdata), void *userdata) {
        StreamList *lists[] = { &a->partial, &a->whole };

        for (size_t i = 0; i < ELEMENTSOF(lists); i++)
                for (Stream *s = TAILQ_FIRST(lists[i]), *next; s; s = next) {
                        next = TAILQ_NEXT(s, link);
                        visit(s, userdata);
                }
}
