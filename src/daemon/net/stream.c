/* SPDX-License-Identifier: MIT */
/* Reading, events and timers. */

#include "daemon/net/stream.h"

#include "config/config.h"
#include "core/macro.h"
#include "core/peers.h"
#include "core/tls_peer.h"
#include "core/transport.h"
#include "daemon/intake/intake.h"
#include "daemon/intake/intakes.h"
#include "daemon/net/admission.h"
#include "daemon/net/listener.h"
#include "daemon/net/stream_backlog.h"
#include "daemon/net/stream_end.h"
#include "daemon/net/stream_hold.h"
#include "daemon/net/stream_input.h"
#include "daemon/net/stream_local.h"
#include "daemon/net/stream_open.h"
#include "daemon/net/stream_pace.h"
#include "daemon/net/stream_send.h"
#include "daemon/net/stream_settle.h"
#include "daemon/net/stream_tls.h"
#include "daemon/net/stream_tls_read.h"
#include "daemon/net/stream_via.h"
#include "daemon/net/streams.h"
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* Retry interval of the timer while nothing can be added or the stream has to be read first. */
#define RETRY_USEC (100 * USEC_PER_MSEC)

static void on_end_of_input(Stream *s, FrameEnd end, const char *reason) {
        s->eof = true;
        stream_input_end(s, s->broken || !stream_tls_is_whole(s) ? FRAME_END_RESET : end);
        stream_end_finish(s, reason);
}

static bool is_at_end(const Stream *s) {
        char byte;

        if (s->unit == TRANSPORT_PACKETS)
                return stream_local_is_at_end(s);
        return recv(s->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/* Finishes once everything that was queued when draining began is read, possibly including EOF. */
static void finish_when_drained(Stream *s) {
        if (!s->draining || s->drain_left > 0)
                return;
        if (s->state < STREAM_READING)
                stream_end_abort(s, "stopping");
        if (s->state != STREAM_READING || s->backlog)
                return;

        if (s->hold != STREAM_HOLD_FAILING && is_at_end(s))
                on_end_of_input(s, FRAME_END_ORDERLY, "stopping");
        else
                stream_end_finish(s, "stopping");
}

/* What has arrived is recorded, but nobody is there to get a receipt. */
static void on_lost(Stream *s, int error) {
        on_end_of_input(s, FRAME_END_RESET, strerrordesc_np(error));
        stream_end_lost(s, error);
}

static void read_packets(Stream *s) {
        switch (stream_local_read_packets(s)) {
        case STREAM_PACKETS_MORE:
                break;
        case STREAM_PACKETS_END:
                on_end_of_input(s, FRAME_END_ORDERLY, "closed by peer");
                break;
        case STREAM_PACKETS_ERROR:
                on_lost(s, errno);
                break;
        }
        finish_when_drained(s);
}

/* One read per wake-up, so that no stream delays the others. */
static void read_some(Stream *s, size_t size) {
        Streams *all = s->streams;
        ssize_t n;

        size = s->draining ? MIN((size_t)s->drain_left, size) : size;
        n = _likely_(!s->is_local) ? recv(s->fd, all->buffer, size, MSG_DONTWAIT)
                                   : stream_local_receive(s, size);

        if (n > 0) {
                s->last_usec = all->loop->now_usec;
                s->drain_left -= s->draining ? (int)n : 0;
                all->n_read += (size_t)n;
                if (_likely_(!s->tls))
                        stream_input_add(s, all->buffer, all->buffer + n);
                else
                        stream_tls_read_add(s, all->buffer, (size_t)n);
        } else if (n == 0)
                on_end_of_input(s, FRAME_END_ORDERLY, "closed by peer");
        else if (errno != EAGAIN && errno != EINTR)
                on_lost(s, errno);
        finish_when_drained(s);
}

/* Before there are messages. */
static void read_opening(Stream *s) {
        const char *rest;
        size_t size;

        if (s->state == STREAM_SECURING)
                stream_tls_read_shake_hands(s);
        else if (stream_open_read(s, &rest, &size) && size > 0) {
                if (s->tls)
                        stream_tls_read_add(s, rest, size);
                else
                        stream_input_add(s, rest, rest + size);
        }
        finish_when_drained(s);
}

static void stream_read(Stream *s) {
        size_t size;

        if (stream_hold_begin(s))
                return;
        if (_unlikely_(s->state < STREAM_READING))
                read_opening(s);
        else if ((size = stream_pace_read_size(s)) == 0)
                return;
        else if (_likely_(s->unit == TRANSPORT_BYTES))
                read_some(s, size);
        else
                read_packets(s);
}

void stream_serve(Stream *s) {
        uint32_t events = s->ready;
        /* While it waits to shake hands, it is not. */
        const uint32_t polled = s->state == STREAM_SECURING ? EPOLLIN : s->interest;

        s->ready = 0;
        if (events & EPOLLOUT && s->state != STREAM_DEAD)
                stream_send_unsent(s);

        switch ((StreamState)s->state) {
        case STREAM_OPENING:
        case STREAM_SECURING:
        case STREAM_READING:
        case STREAM_FINISHING:
                if (events & polled & EPOLLIN)
                        stream_read(s);
                else if (events & (EPOLLERR | EPOLLHUP))
                        stream_settle_hang_up(s);
                break;
        case STREAM_LINGERING:
                stream_end_discard(s);
                break;
        case STREAM_DEAD:
                return;
        }
        stream_settle(s);
}

static void stream_on_event(Source *source, uint32_t events) {
        Stream *s = (Stream *)source;

        s->ready |= events;
        if (_unlikely_(s->state == STREAM_SECURING)) {
                turns_add(s->streams->handshakes, &s->peer, &s->turn);
                stream_settle(s);
        } else if (_unlikely_(s->streams->takes_turns) && s->state != STREAM_DEAD)
                turns_add(s->streams->turns, &s->peer, &s->turn);
        else
                stream_serve(s);
}

static void on_due(Stream *s, StreamDue due) {
        switch (due) {
        case STREAM_DUE_NOTHING:
                break;
        case STREAM_DUE_OPENING:
                stream_open_time_out(s);
                break;
        case STREAM_DUE_SECURING:
                stream_tls_read_time_out(s);
                break;
        case STREAM_DUE_MESSAGE:
                stream_input_end(s, FRAME_END_SILENCE);
                break;
        case STREAM_DUE_IDLE:
                stream_input_end(s, s->tls ? FRAME_END_RESET : FRAME_END_SILENCE);
                stream_end_finish(s, "idle");
                break;
        case STREAM_DUE_DRAIN:
                stream_drain(s);
                break;
        case STREAM_DUE_PACE:
                stream_pace_resume(s);
                break;
        case STREAM_DUE_LOOK:
                stream_send_look(s);
                break;
        case STREAM_DUE_LINGERED:
                stream_end_abort(s, "not closed by peer");
                break;
        }
}

static void stream_on_timer(Timer *t) {
        Stream *s = CONTAINER_OF(t, Stream, timer);
        Loop *loop = s->streams->loop;
        StreamWait w = stream_settle_wait(s);

        /* What it sent meanwhile may wait for its turn. */
        if (s->intake->full || turns_waits(&s->turn)) {
                timer_set(&loop->timers, t, loop->now_usec + RETRY_USEC);
                return;
        }
        if (w.deadline_usec <= loop->now_usec)
                on_due(s, w.due);
        stream_settle(s);
}

/* A header or a certificate gives it a new one. */
static size_t text_room(PeerKind kind, bool has_tls, size_t size) {
        return (kind == PEER_PROXY ? ADDRESS_TEXT_MAX : size) +
               (has_tls ? TLS_PEER_NAME_MAX + 1 : 0);
}

int stream_new(Streams *streams, ListenerSocket *origin, int fd, const Address *peer,
               PeerKind kind) {
        char text[ADDRESS_TEXT_MAX];
        size_t size = address_format(peer, text);
        FrameSpec frame;
        const bool has_tls = origin->listener->tls;
        Stream *s = calloc(1, sizeof(*s) + text_room(kind, has_tls, size));
        int r = 0;

        if (!s)
                return -ENOMEM;

        s->source.on_event = stream_on_event;
        s->addressee.answer = stream_send_answer;
        s->timer.on_timer = stream_on_timer;
        s->streams = streams;
        s->listener = origin->listener;
        s->intake = streams->intakes->items[s->listener->config->route];
        s->origin = origin;
        s->peer = *peer;
        s->peer_text_size = (uint8_t)size;
        memcpy(s->peer_text, text, size);
        s->fd = fd;
        s->interest = EPOLLIN;
        s->state = kind == PEER_PROXY ? STREAM_OPENING : STREAM_READING;
        s->unit = (uint8_t)transport_of(origin->at.protocol)->unit;
        s->is_local = transport_has_path(origin->at.protocol);
        frame = config_listener_frame(s->listener->config);
        frame_init(&s->frame, &frame);
        if (has_tls)
                r = stream_tls_new(s);
        if (r >= 0)
                r = loop_add(streams->loop, fd, s->interest, &s->source);
        if (r < 0) {
                stream_tls_free(s);
                free(s);
                return r;
        }

        if (s->is_local)
                stream_local_begin(s);
        stream_send_begin(s);
        s->id = admission_next_id(streams->admission);
        s->opened_usec = streams->loop->realtime_usec;
        s->last_usec = streams->loop->now_usec;
        TAILQ_INSERT_TAIL(&streams->whole, s, link);
        atomic_fetch_add_explicit(&streams->n_open, 1, memory_order_relaxed);
        if (kind == PEER_PROXY)
                atomic_fetch_add_explicit(&streams->n_greeting, 1, memory_order_relaxed);
        else
                stream_open_admitted(s);
        if (streams->draining)
                stream_drain(s);
        else
                stream_settle(s);
        return 0;
}

void stream_resume(Stream *s) {
        _cleanup_free_ StreamBacklog *b = TAKE_PTR(s->backlog);

        stream_input_add(s, b->bytes, b->bytes + b->size);
        s->last_usec = s->streams->loop->now_usec; /* we caused the pause */
        stream_tls_read_resume(s);
        finish_when_drained(s);
        stream_settle(s);
}

void stream_release(Stream *s) {
        if (stream_hold_end(s))
                stream_settle(s);
}

void stream_reconfigure(Stream *s) {
        s->listener = s->origin->listener;
        stream_hold_follow(s);
        stream_settle(s);
}

void stream_drain(Stream *s) {
        if (!stream_takes_input(s) || s->draining)
                return;

        s->draining = true;
        stream_pace_resume(s);
        if (s->hold == STREAM_HOLD_FAILING || ioctl(s->fd, FIONREAD, &s->drain_left) < 0)
                s->drain_left = 0;
        finish_when_drained(s);
        stream_settle(s);
}

void stream_disconnect(Stream *s) {
        if (s->state != STREAM_READING) {
                stream_end_abort(s, "disconnected");
                return;
        }
        stream_end_finish(s, "disconnected");
        stream_settle(s);
}

Stream *stream_free(Stream *s) {
        atomic_fetch_sub(&s->origin->n_streams, 1);
        free(s->via);
        free(s->security);
        free(s);
        return NULL;
}
