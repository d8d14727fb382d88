/* SPDX-License-Identifier: MIT */
/* See stream_tls_read.h. */

#include "daemon/net/stream_tls_read.h"

#include "config/config.h"
#include "core/macro.h"
#include "core/tls_peer.h"
#include "daemon/net/listener.h"
#include "daemon/net/stream_end.h"
#include "daemon/net/stream_hint.h"
#include "daemon/net/stream_input.h"
#include "daemon/net/stream_tls.h"
#include "daemon/net/streams.h"
#include "tls/tls.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* Bytes of one read while shaking hands: a turn should be short. */
#define GREETING_SIZE (16 * 1024)

/* name@address, for records and the log; the address is behind the last "@". */
static void set_name(Stream *s, const char *name) {
        const size_t n = strlen(name);

        if (n == 0)
                return;

        memmove(s->peer_text + n + 1, s->peer_text, s->peer_text_size);
        memcpy(s->peer_text, name, n);
        s->peer_text[n] = '@';
        s->peer_text_size = (uint8_t)(s->peer_text_size + n + 1);
}

static void open_done(Stream *s) {
        StreamTls *t = s->tls;

        t->is_open = true;
        stream_tls_end_greeting(s);
        s->state = STREAM_READING;
        s->last_usec = s->streams->loop->now_usec;
        counter_add(&s->listener->stats.handshakes, 1);
        set_name(s, t->ops->peer(t->session)->name);
}

/* A connection that only tries whether there is one is nothing to tell. */
static void note_failure(Stream *s, TlsFailure failure, const char *why) {
        Stats *stats = &s->listener->stats;
        Counter *const counters[] = {
                [TLS_FAILURE_NOT_TLS] = &stats->handshakes_not_tls,
                [TLS_FAILURE_VERSION] = &stats->handshakes_version,
                [TLS_FAILURE_CERTIFICATE] = &stats->handshakes_certificate,
                [TLS_FAILURE_REFUSED] = &stats->handshakes_refused,
        };

        counter_add(&stats->handshakes_failed, 1);
        if (failure < ELEMENTSOF(counters) && counters[failure])
                counter_add(counters[failure], 1);
        stream_hint_handshake(s, why);
}

static void fail(Stream *s) {
        const StreamTls *t = s->tls;
        const char *why = t->ops->why(t->session);

        if (t->is_open) {
                counter_add(&s->listener->stats.bad_frames, 1);
                stream_hint_handshake(s, why);
                stream_input_end(s, FRAME_END_RESET);
                s->unreachable = true;
        } else
                note_failure(s, t->ops->failure(t->session), why);
        stream_end_finish(s, "TLS failed");
}

/* Messages that wait for room come first. */
static void end_if_due(Stream *s) {
        if (s->backlog || (s->state != STREAM_SECURING && s->state != STREAM_READING))
                return;

        if (s->tls->state == TLS_FAILED)
                fail(s);
        else if (s->tls->state == TLS_ENDED) {
                stream_input_end(s, FRAME_END_ORDERLY);
                stream_end_finish(s, "ended by peer");
        }
}

void stream_tls_read_resume(Stream *s) {
        if (s->tls)
                end_if_due(s);
}

/*
 * What the session says by itself. Without it, receipts would not be understood. Returns false if the
 * stream is closed.
 */
static bool transmit(Stream *s, const char *p, size_t n) {
        int r = stream_tls_transmit(s, p, n);

        if (r == -EDQUOT)
                stream_end_answering(s, "takes no answers of TLS");
        else if (r < 0)
                stream_end_sending(s, r);
        return s->state != STREAM_DEAD;
}

void stream_tls_read_add(Stream *s, const char *p, size_t n) {
        StreamTls *t = s->tls;
        Streams *all = s->streams;
        TlsStep step = {
                .in = p,
                .in_size = n,
                .plain = all->tls_buffer,
                .plain_max = STREAMS_READ_SIZE + TLS_RECORD_MAX,
                .out = stream_tls_out(all),
        };

        if (!t->session)
                t->session = t->ops->session_new(t->context);
        if (!t->session) {
                stream_end_abort(s, "out of memory");
                return;
        }

        t->state = (uint8_t)t->ops->receive(t->session, &step);
        if (!transmit(s, step.out, step.out_size))
                return;
        if (!t->is_open && *t->ops->peer(t->session)->version)
                open_done(s);
        stream_tls_count_part(s, t->ops->holds_part(t->session));
        if (step.plain_size > 0)
                stream_input_add(s, step.plain, step.plain + step.plain_size);
        end_if_due(s);
}

/* --- the handshake --- */

static void on_end(Stream *s, const char *reason) {
        if (s->tls->session)
                note_failure(s, TLS_FAILURE_PROTOCOL, "ended the connection in the handshake");
        stream_end_abort(s, reason);
}

void stream_tls_read_time_out(Stream *s) {
        counter_add(&s->listener->stats.handshakes_timed_out, 1);
        note_failure(s, TLS_FAILURE_NONE, "has not shaken hands in time");
        stream_end_abort(s, "no TLS handshake in time");
}

void stream_tls_read_shake_hands(Stream *s) {
        char *buffer = s->streams->buffer;
        const size_t size = s->draining ? MIN((size_t)s->drain_left, (size_t)GREETING_SIZE)
                                        : GREETING_SIZE;
        ssize_t n = recv(s->fd, buffer, size, MSG_DONTWAIT);

        if (n > 0) {
                s->drain_left -= s->draining ? (int)n : 0;
                s->streams->n_read += (size_t)n;
                stream_tls_read_add(s, buffer, (size_t)n);
        } else if (n == 0)
                on_end(s, "closed by peer");
        else if (errno != EAGAIN && errno != EINTR)
                on_end(s, strerrordesc_np(errno));
}
