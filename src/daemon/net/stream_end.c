/* SPDX-License-Identifier: MIT */
/* Finishing, closing, and what is logged about it. */

#include "daemon/net/stream_end.h"

#include "config/config.h"
#include "core/macro.h"
#include "daemon/base/log.h"
#include "daemon/net/admission.h"
#include "daemon/net/listener.h"
#include "daemon/net/stream_backlog.h"
#include "daemon/net/stream_hint.h"
#include "daemon/net/stream_hold.h"
#include "daemon/net/stream_partial.h"
#include "daemon/net/stream_tls.h"
#include "daemon/net/stream_unsent.h"
#include "daemon/net/streams.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

const char *stream_end_state_text(StreamState state) {
        static const char *const table[] = {
                [STREAM_OPENING] = "greeting",    [STREAM_SECURING] = "greeting",
                [STREAM_READING] = "reading",     [STREAM_FINISHING] = "finishing",
                [STREAM_LINGERING] = "lingering", [STREAM_DEAD] = "dead",
        };

        return table[state];
}

static void forget_input(Stream *s) {
        if (s->state == STREAM_OPENING)
                stream_backlog_end_header(s);
        else
                stream_partial_change(s, frame_memory(&s->frame), 0);
        frame_reset(&s->frame);
        stream_backlog_unblock(s);
        free(TAKE_PTR(s->backlog));
        stream_hold_forget(s);
}

void stream_end_finish(Stream *s, const char *reason) {
        if (s->state != STREAM_READING && s->state != STREAM_SECURING)
                return;

        forget_input(s);
        s->state = STREAM_FINISHING;
        log_debug("listener %s: %.*s: %s", s->listener->config->name, s->peer_text_size,
                  s->peer_text, reason);
}

void stream_end_abort(Stream *s, const char *reason) {
        Streams *all = s->streams;
        const bool has_peer = s->state != STREAM_OPENING;

        if (s->state == STREAM_DEAD)
                return;

        forget_input(s);
        stream_unsent_free(s);
        turns_remove(s->state == STREAM_SECURING ? all->handshakes : all->turns, &s->turn);
        stream_tls_free(s);
        timer_cancel(&all->loop->timers, &s->timer);
        (void)close(s->fd); /* also removes it from the loop; errors do not matter */
        s->fd = -EBADF;
        s->state = STREAM_DEAD;
        log_debug("listener %s: %.*s: connection closed%s%s", s->listener->config->name,
                  s->peer_text_size, s->peer_text, reason ? ": " : "", reason ? reason : "");
        atomic_fetch_sub_explicit(&all->n_open, 1, memory_order_relaxed);
        admission_give_back(all->admission, has_peer ? &s->peer : NULL);

        TAILQ_REMOVE(&all->whole, s, link);
        TAILQ_INSERT_TAIL(s->addressee.n_pending > 0 ? &all->referred : &all->unused, s, link);
}

void stream_end_discard(Stream *s) {
        ssize_t n = recv(s->fd, s->streams->buffer, STREAMS_READ_SIZE, MSG_DONTWAIT);

        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
                stream_end_abort(s, NULL);
}

void stream_end_bad_frame(Stream *s, const char *data, size_t n) {
        counter_add(&s->listener->stats.bad_frames, 1);
        stream_hint_bad_frame(s, data, n);
        stream_end_finish(s, "bad frame");
}

void stream_end_answering(Stream *s, const char *why) {
        Listener *l = s->listener;

        stream_unsent_free(s);
        s->unreachable = true;
        counter_add(&l->stats.streams_unanswered, 1);
        log_event_limited(&l->unsent_rate, s->streams->loop->now_usec, EVENT_RECEIPTS_REFUSED,
                          l->config->name, LOG_WARNING, 0,
                          "listener %s: %.*s %s, recording its messages without receipts from now "
                          "on; use reply = \"\" for such senders",
                          l->config->name, s->peer_text_size, s->peer_text, why);
}

/* Its kernel has thrown away what the peer had not sent yet. */
static void note_reset(Stream *s) {
        Listener *l = s->listener;

        if (!l->receipt || s->n_messages == 0 || s->unreachable)
                return;

        counter_add(&l->stats.resets_unread, 1);
        log_event_limited(
                &l->reset_rate, s->streams->loop->now_usec, EVENT_RESET_UNREAD, l->config->name,
                LOG_INFO, 0,
                "listener %s: %.*s closed the connection without reading all receipts, "
                "messages that were on their way are lost; see \"reply\" in sockd.conf(5)",
                l->config->name, s->peer_text_size, s->peer_text);
}

static bool is_reset(int error) {
        return error == ECONNRESET || error == EPIPE;
}

void stream_end_lost(Stream *s, int error) {
        if (is_reset(error))
                note_reset(s);
        stream_end_abort(s, strerrordesc_np(error));
}

void stream_end_sending(Stream *s, int error) {
        if (error == -EDQUOT) {
                stream_end_answering(s, "does not read its receipts, which fill their share of "
                                        "limits.memory");
                return;
        }
        if (error == -ENOMEM || error == -ENOBUFS) {
                stream_end_abort(s, "out of memory"); /* it may read, and waits for them */
                return;
        }
        if (is_reset(-error))
                note_reset(s);
        stream_unsent_free(s);
        s->unreachable = true;
        s->broken = error != -EPIPE; /* the peer had closed its side before */
}
