/* SPDX-License-Identifier: MIT */
/*
 * Streams: what comes in, and in which state that leaves them. What goes out stands in
 * stream_send.c.
 */

#include "daemon/stream.h"

#include "core/macro.h"
#include "daemon/listener.h"
#include "daemon/listener_socket.h"
#include "daemon/quota.h"
#include "daemon/server.h"
#include "daemon/socket.h"
#include "daemon/stream_end.h"
#include "daemon/stream_send.h"
#include "daemon/stream_settle.h"
#include "daemon/worker.h"
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static void stream_on_event(Source *source, uint32_t events);

/* Adds NEWS to what is known of its peer. */
static void note_peer(const Stream *s, Peer *news) {
        news->address = s->peer;
        news->last_seen_usec = s->worker->intake.time.usec;
        peers_note(s->worker->peers, news);
}

int stream_new(Worker *w, ListenerSocket *origin, int fd, const Address *peer) {
        char text[ADDRESS_TEXT_MAX];
        size_t size = address_format(peer, text);
        Stream *s = calloc(1, sizeof(*s) + size);
        int r;

        if (!s)
                return -ENOMEM;

        s->source.on_event = stream_on_event;
        s->addressee.answer = stream_send_answer;
        s->timer.on_timer = stream_settle_on_timer;
        s->worker = w;
        s->listener = origin->listener;
        s->origin = origin;
        s->peer = *peer;
        s->peer_text_size = (uint8_t)size;
        memcpy(s->peer_text, text, size);
        s->fd = fd;
        s->interest = EPOLLIN;
        s->id = server_next_stream(w->server);
        s->opened_usec = w->intake.time.usec;
        s->last_usec = w->now_usec;
        frame_init(&s->frame, s->listener->config->framing);
        r = poller_add(w->epoll_fd, fd, s->interest, &s->source);
        if (r < 0) {
                free(s);
                return r;
        }

        stream_list_add(&w->streams, s);
        atomic_fetch_add_explicit(&w->n_streams, 1, memory_order_relaxed);
        counter_add(&s->listener->stats.connections_accepted, 1);
        note_peer(s, &(Peer){ .connections_accepted = 1 });
        log_debug("listener %s: %s connected", s->listener->config->name, text);
        if (origin->leaving || w->state != WORKER_SERVING)
                stream_drain(s);
        else
                stream_settle(s);
        return 0;
}

static void begin_taking(Stream *s) {
        Worker *w = s->worker;
        RecordSource source = {
                .listener = s->listener->config->name,
                .protocol = PROTOCOL_TCP,
                .peer = s->peer,
                .peer_text = s->peer_text,
                .peer_text_size = s->peer_text_size,
        };

        if (!address_is_any(&s->origin->local))
                source.local = s->origin->local;
        else if (w->shows_local)
                (void)socket_local(s->fd, &source.local); /* else it stays unspecified */
        intake_change_source(&w->intake, &source);
        intake_begin(&w->intake, s->listener->config->acknowledge, &s->listener->stats,
                     s->listener->receipt, s->listener->receipt ? &s->addressee : NULL);
}

/* Returns as intake_end(). */
static int end_taking(Stream *s) {
        Intake *in = &s->worker->intake;
        int r = intake_end(in);

        if (in->n_taken == 0)
                return r;

        s->n_messages += in->n_taken;
        s->n_bytes += in->bytes_taken;
        note_peer(s, &(Peer){ .received = in->n_taken, .bytes = in->bytes_taken });
        return r;
}

/* The rest of what was read cannot be taken in now. Nothing else is read until it was. */
static void keep_backlog(Stream *s, const char *p, const char *end) {
        size_t size = (size_t)(end - p);
        StreamBacklog *b = malloc(sizeof(*b) + size);

        if (!b) {
                stream_end_abort(s, "out of memory");
                return;
        }
        b->size = size;
        memcpy(b->bytes, p, size);
        assert(!s->worker->stalled);
        s->backlog = b;
        s->worker->stalled = s;
}

/* The list of streams with a rest is in the order in which the rests began. */
static void note_rest(Stream *s, size_t memory_before) {
        Worker *w = s->worker;
        bool rests = frame_memory(&s->frame) > 0;
        int64_t delta = (int64_t)frame_memory(&s->frame) - (int64_t)memory_before;

        if (rests != s->resting) {
                stream_list_remove(rests ? &w->streams : &w->resting, s);
                stream_list_add(rests ? &w->resting : &w->streams, s);
                s->resting = rests;
        }
        if (delta != 0 && quota_add_rests(w->quota, delta) && delta > 0)
                w->rests_over = true;
}

static void take_in(Stream *s, const char *p, const char *end) {
        Worker *w = s->worker;
        size_t memory = frame_memory(&s->frame);
        FrameResult r = FRAME_MORE;
        Message m;

        begin_taking(s);
        while (!w->intake.full || p == end) {
                r = frame_next(&s->frame, w->message_size, &p, end, &m);
                if (r == FRAME_MESSAGE)
                        intake_add(&w->intake, &m);
                else if (r != FRAME_MORE || p == end)
                        break;
        }
        if (end_taking(s) < 0)
                r = FRAME_NO_MEMORY;

        note_rest(s, memory);
        if (r == FRAME_ERROR)
                stream_end_bad_frame(s);
        else if (r == FRAME_NO_MEMORY)
                stream_end_finish(s, "out of memory");
        else if (p < end)
                keep_backlog(s, p, end);
}

void stream_take_in_rest(Stream *s) {
        size_t memory = frame_memory(&s->frame);
        const char *none = "";
        FrameResult r;
        Message m;

        begin_taking(s);
        r = frame_end(&s->frame, &m);
        if (r == FRAME_MESSAGE) {
                intake_add(&s->worker->intake, &m);
                (void)frame_next(&s->frame, 0, &none, none, &m); /* lets go of the rest */
        }
        if (end_taking(s) < 0)
                r = FRAME_NO_MEMORY;

        note_rest(s, memory);
        if (r == FRAME_ERROR)
                stream_end_bad_frame(s);
        else if (r == FRAME_NO_MEMORY)
                stream_end_finish(s, "out of memory");
}

static void on_end_of_input(Stream *s, const char *reason) {
        s->eof = true;
        stream_take_in_rest(s);
        stream_end_finish(s, reason);
}

/*
 * All that was queued when the service was told to stop is taken in. The peer's end may have been
 * queued too.
 */
static void finish_when_drained(Stream *s) {
        char byte;

        if (!s->draining || s->state != STREAM_READING || s->drain_left > 0 || s->backlog)
                return;

        if (!s->held && !s->unsent && recv(s->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
                on_end_of_input(s, "stopping");
        else
                stream_end_finish(s, "stopping");
}

/* One read per wake-up, so that no stream keeps the others waiting. */
static void read_some(Stream *s) {
        Worker *w = s->worker;
        size_t size = s->draining ? MIN((size_t)s->drain_left, (size_t)WORKER_READ_SIZE)
                                  : WORKER_READ_SIZE;
        ssize_t n = recv(s->fd, w->read_buffer, size, MSG_DONTWAIT);

        if (n > 0) {
                s->last_usec = w->now_usec;
                s->drain_left -= s->draining ? (int)n : 0;
                w->n_read += (size_t)n;
                take_in(s, w->read_buffer, w->read_buffer + n);
        } else if (n == 0)
                on_end_of_input(s, "closed by the peer");
        else if (errno != EAGAIN && errno != EINTR) {
                const char *reason = strerrordesc_np(errno);

                /* What came is kept, but nobody is there to be told. */
                on_end_of_input(s, reason);
                stream_end_abort(s, reason);
        }
        finish_when_drained(s);
}

/* Senders that get no receipts are held back while their messages could only be lost. */
static void stream_read(Stream *s) {
        if (!s->listener->receipt && intake_outputs_fail(&s->worker->intake))
                s->held = true;
        else
                read_some(s);
}

static void discard_input(Stream *s) {
        Worker *w = s->worker;
        ssize_t n = recv(s->fd, w->read_buffer, WORKER_READ_SIZE, MSG_DONTWAIT);

        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
                stream_end_abort(s, "lingered");
}

static void stream_on_event(Source *source, uint32_t events) {
        Stream *s = (Stream *)source;

        if (events & EPOLLOUT && s->state != STREAM_DEAD) {
                int r = stream_send_unsent(s);

                if (r < 0)
                        stream_send_give_up(s, r);
        }

        switch ((StreamState)s->state) {
        case STREAM_READING:
                if (events & EPOLLIN && s->interest & EPOLLIN)
                        stream_read(s);
                else if (events & (EPOLLERR | EPOLLHUP))
                        stream_end_abort(s, "reset by the peer");
                break;
        case STREAM_FINISHING:
                if (events & (EPOLLERR | EPOLLHUP))
                        stream_end_abort(s, "reset by the peer");
                break;
        case STREAM_LINGERING:
                discard_input(s);
                break;
        case STREAM_DEAD:
                return;
        }
        stream_settle(s);
}

void stream_resume_backlog(Stream *s) {
        _cleanup_free_ StreamBacklog *b = TAKE_PTR(s->backlog);

        take_in(s, b->bytes, b->bytes + b->size);
        s->last_usec = s->worker->now_usec; /* we were the ones who kept silent */
        finish_when_drained(s);
        stream_settle(s);
}

void stream_release(Stream *s) {
        if (!s->held)
                return;

        s->held = false;
        s->last_usec = s->worker->now_usec;
        stream_settle(s);
}

void stream_adapt(Stream *s) {
        s->listener = s->origin->listener;
        if (s->origin->leaving)
                stream_drain(s);
        else
                stream_settle(s);
}

void stream_drain(Stream *s) {
        if (s->state != STREAM_READING || s->draining)
                return;

        s->draining = true;
        if (s->held || s->unsent || ioctl(s->fd, FIONREAD, &s->drain_left) < 0)
                s->drain_left = 0;
        finish_when_drained(s);
        stream_settle(s);
}

Stream *stream_free(Stream *s) {
        if (s->state != STREAM_DEAD)
                stream_end_abort(s, "ended");
        atomic_fetch_sub(&s->origin->n_streams, 1);
        free(s);
        return NULL;
}
