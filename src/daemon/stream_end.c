/* SPDX-License-Identifier: MIT */
/*
 * The way out: finishing, lingering, closing; poll interest and timer, computed here and nowhere
 * else.
 */

#include "daemon/stream_end.h"

#include "core/macro.h"
#include "daemon/listener.h"
#include "daemon/quota.h"
#include "daemon/stream_send.h"
#include "daemon/stream_settle.h"
#include "daemon/worker.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

const char *stream_end_state_text(StreamState state) {
        static const char *const table[] = {
                [STREAM_READING] = "reading",
                [STREAM_FINISHING] = "finishing",
                [STREAM_LINGERING] = "lingering",
                [STREAM_DEAD] = "dead",
        };

        return table[state];
}

void stream_end_set_state(Stream *s, StreamState state, const char *reason) {
        log_debug("listener %s: %.*s %s, now %s", s->listener->config->name, s->peer_text_size,
                  s->peer_text, reason, stream_end_state_text(state));
        s->state = (uint8_t)state;
}

static void forget_input(Stream *s) {
        Worker *w = s->worker;

        (void)quota_add_rests(w->quota, -(int64_t)frame_memory(&s->frame));
        frame_done(&s->frame);
        frame_init(&s->frame, s->frame.framing);
        free(TAKE_PTR(s->backlog));
        if (w->stalled == s)
                w->stalled = NULL;
        if (s->resting) {
                stream_list_remove(&w->resting, s);
                stream_list_add(&w->streams, s);
                s->resting = false;
        }
}

void stream_end_finish(Stream *s, const char *reason) {
        if (s->state != STREAM_READING)
                return;

        forget_input(s);
        stream_end_set_state(s, STREAM_FINISHING, reason);
}

void stream_end_abort(Stream *s, const char *reason) {
        Worker *w = s->worker;

        if (s->state == STREAM_DEAD)
                return;

        forget_input(s);
        stream_send_forget(s);
        timer_cancel(&w->wheel, &s->timer);
        (void)close(s->fd); /* also takes it out of the poller; an error would tell us nothing */
        s->fd = -EBADF;
        stream_end_set_state(s, STREAM_DEAD, reason);
        atomic_fetch_sub_explicit(&w->n_streams, 1, memory_order_relaxed);
        if (quota_give_stream(w->quota, &s->peer))
                worker_place_is_free(w);

        stream_list_remove(&w->streams, s);
        stream_list_add(s->addressee.n_pending > 0 ? &w->named : &w->dead, s);
}

void stream_end_bad_frame(Stream *s) {
        Listener *l = s->listener;
        unsigned n;

        counter_add(&l->stats.bad_frames, 1);
        if (log_rate_allows(&l->bad_frame_rate, s->worker->now_usec, &n))
                (void)log_event(
                        EVENT_BAD_FRAME, l->config->name, LOG_WARNING, 0,
                        "listener %s: %.*s sent a bad octet count, closing the stream (%u more "
                        "since the last such line)",
                        l->config->name, s->peer_text_size, s->peer_text, n);
        stream_end_finish(s, "bad frame");
}

void stream_end_unsent(Stream *s) {
        unsigned n;

        if (log_rate_allows(&s->listener->unsent_rate, s->worker->now_usec, &n))
                (void)log_event(EVENT_RECEIPTS_REFUSED, s->listener->config->name, LOG_WARNING, 0,
                                "listener %s: %.*s takes no receipts, and they fill their share of "
                                "limits.memory, closing it (%u more since the last such line)",
                                s->listener->config->name, s->peer_text_size, s->peer_text, n);
        stream_end_abort(s, "limits.memory");
}

void stream_end_oldest_rest(Worker *w) {
        Stream *s = w->resting.first;
        unsigned n;

        w->rests_over = false;
        if (!s)
                return;

        /* It was a message, though nobody will know the end of it. */
        counter_add(&s->listener->stats.received, 1);
        counter_add(&s->listener->stats.refused, 1);
        peers_note(
                w->peers,
                &(Peer){ .address = s->peer, .refused = 1, .last_seen_usec = w->intake.time.usec });
        if (log_rate_allows(&s->listener->refused_rate, w->now_usec, &n))
                (void)log_event(EVENT_REST_REFUSED, s->listener->config->name, LOG_WARNING, 0,
                                "listener %s: unterminated messages fill half of limits.memory, "
                                "closing %.*s, which has the "
                                "oldest (%u more since the last such line)",
                                s->listener->config->name, s->peer_text_size, s->peer_text, n);
        stream_end_finish(s, "limits.memory");
        stream_settle(s);
}
