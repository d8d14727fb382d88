/* SPDX-License-Identifier: MIT */
/* Finishing, closing, and what is logged about it. */

#include "daemon/net/stream_end.h"

#include "config/config.h"
#include "core/macro.h"
#include "daemon/base/log.h"
#include "daemon/net/admission.h"
#include "daemon/net/listener.h"
#include "daemon/net/stream_hint.h"
#include "daemon/net/stream_unsent.h"
#include "daemon/net/streams.h"
#include <errno.h>
#include <string.h>

const char *stream_end_state_text(StreamState state) {
        static const char *const table[] = {
                [STREAM_READING] = "reading",
                [STREAM_FINISHING] = "finishing",
                [STREAM_LINGERING] = "lingering",
                [STREAM_DEAD] = "dead",
        };

        return table[state];
}

static void forget_input(Stream *s) {
        Streams *all = s->streams;

        (void)admission_add_partial(all->admission, -(int64_t)frame_memory(&s->frame));
        frame_done(&s->frame);
        frame_init(&s->frame, s->frame.framing);
        free(TAKE_PTR(s->backlog));
        if (all->blocked == s)
                all->blocked = NULL;
        if (s->partial) {
                TAILQ_REMOVE(&all->partial, s, link);
                TAILQ_INSERT_TAIL(&all->whole, s, link);
                s->partial = false;
        }
}

void stream_end_finish(Stream *s, const char *reason) {
        if (s->state != STREAM_READING)
                return;

        forget_input(s);
        s->state = STREAM_FINISHING;
        log_debug("listener %s: %.*s: %s", s->listener->config->name, s->peer_text_size,
                  s->peer_text, reason);
}

void stream_end_abort(Stream *s, const char *reason) {
        Streams *all = s->streams;

        if (s->state == STREAM_DEAD)
                return;

        forget_input(s);
        stream_unsent_free(s);
        timer_cancel(&all->loop->timers, &s->timer);
        (void)close(s->fd); /* also removes it from the loop; errors do not matter */
        s->fd = -EBADF;
        s->state = STREAM_DEAD;
        log_debug("listener %s: %.*s: connection closed%s%s", s->listener->config->name,
                  s->peer_text_size, s->peer_text, reason ? ": " : "", reason ? reason : "");
        atomic_fetch_sub_explicit(&all->n_open, 1, memory_order_relaxed);
        admission_give_back(all->admission, &s->peer);

        TAILQ_REMOVE(&all->whole, s, link);
        TAILQ_INSERT_TAIL(s->addressee.n_pending > 0 ? &all->referred : &all->unused, s, link);
}

void stream_end_bad_frame(Stream *s, const char *data, size_t n) {
        counter_add(&s->listener->stats.bad_frames, 1);
        stream_hint_bad_frame(s, data, n);
        stream_end_finish(s, "bad frame");
}

static void abort_over_limit(Stream *s) {
        const char *name = s->listener->config->name;

        log_event_limited(&s->listener->unsent_rate, s->streams->loop->now_usec,
                          EVENT_RECEIPTS_REFUSED, name, 0,
                          "listener %s: %.*s does not read its receipts, and unread receipts fill "
                          "their share of limits.memory, closing the connection",
                          name, s->peer_text_size, s->peer_text);
        stream_end_abort(s, "limits.memory");
}

void stream_end_sending(Stream *s, int error) {
        stream_unsent_free(s);
        if (error == -EDQUOT)
                abort_over_limit(s);
        else if (error == -ENOMEM || error == -ENOBUFS)
                stream_end_abort(s, "out of memory");
        else
                s->unreachable = true;
}
