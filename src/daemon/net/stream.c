/* SPDX-License-Identifier: MIT */
/* Input, events and timers. Receipts are sent by stream_send.c. */

#include "daemon/net/stream.h"

#include "config/config.h"
#include "core/macro.h"
#include "core/peers.h"
#include "daemon/intake/intake.h"
#include "daemon/net/admission.h"
#include "daemon/net/listener.h"
#include "daemon/net/listener_socket.h"
#include "daemon/net/stream_end.h"
#include "daemon/net/stream_hint.h"
#include "daemon/net/stream_send.h"
#include "daemon/net/stream_settle.h"
#include "daemon/net/streams.h"
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* Retry interval of the timer while an output has no room, because nothing can be added then. */
#define NO_ROOM_USEC (100 * USEC_PER_MSEC)

typedef enum StreamInput {
        INPUT_READ,
        INPUT_ENDED, /* by the peer */
        INPUT_TIMED_OUT,
} StreamInput;

/* Adds NEWS to the counters of its peer. */
static void update_peer(const Stream *s, Peer *news) {
        news->address = s->peer;
        news->last_seen_usec = s->streams->loop->realtime_usec;
        peers_note(s->streams->peers, news);
}

static void begin_input(Stream *s, StreamInput input) {
        const Listener *l = s->listener;
        Intake *in = s->streams->intake;
        RecordSource source = {
                .listener = l->config->name,
                .protocol = PROTOCOL_TCP,
                .peer = s->peer,
                .peer_text = s->peer_text,
                .peer_text_size = s->peer_text_size,
                .timed_out = input == INPUT_TIMED_OUT,
        };

        if (!address_is_any(&s->origin->local))
                source.local = s->origin->local;
        else if (s->streams->shows_local)
                (void)address_of_socket(s->fd, &source.local); /* else it stays unspecified */
        intake_change_source(in, &source);
        intake_begin(in, l->config->acknowledge, &s->listener->stats, l->receipt,
                     l->receipt ? &s->addressee : NULL);
}

/* Returns as intake_end(). */
static int end_input(Stream *s) {
        Intake *in = s->streams->intake;
        int r = intake_end(in);

        if (in->n_added == 0)
                return r;

        s->n_messages += in->n_added;
        s->n_bytes += in->bytes_added;
        update_peer(s, &(Peer){ .received = in->n_added, .bytes = in->bytes_added });
        return r;
}

/* Keeps the rest of a read that cannot be added now. Nothing else is read until it is. */
static void keep_backlog(Stream *s, const char *p, const char *end) {
        size_t size = (size_t)(end - p);
        StreamBacklog *b = malloc(sizeof(*b) + size);

        if (!b) {
                stream_end_abort(s, "out of memory");
                return;
        }
        b->size = size;
        memcpy(b->bytes, p, size);
        assert(!s->streams->blocked);
        s->backlog = b;
        s->streams->blocked = s;
}

/* Charges the memory of the partial message, and moves the stream to the matching list. */
static void update_partial(Stream *s, size_t memory_before) {
        Streams *all = s->streams;
        bool partial = frame_memory(&s->frame) > 0;
        int64_t delta = (int64_t)frame_memory(&s->frame) - (int64_t)memory_before;

        if (partial != s->partial) {
                TAILQ_REMOVE(partial ? &all->whole : &all->partial, s, link);
                TAILQ_INSERT_TAIL(partial ? &all->partial : &all->whole, s, link);
                s->partial = partial;
        }
        if (delta != 0 && admission_add_partial(all->admission, delta) && delta > 0)
                all->partial_over = true;
}

/*
 * Ends a piece of input. DATA, N: where a bad frame begins. Returns false if the stream is
 * finishing because of it.
 */
static bool settle_input(Stream *s, FrameResult r, size_t memory_before, const char *data,
                         size_t n) {
        if (end_input(s) < 0)
                r = FRAME_NO_MEMORY;

        update_partial(s, memory_before);
        if (r == FRAME_ERROR)
                stream_end_bad_frame(s, data, n);
        else if (r == FRAME_NO_MEMORY)
                stream_end_finish(s, "out of memory");
        return r != FRAME_ERROR && r != FRAME_NO_MEMORY;
}

/* The hot loop: once per message. */
static FrameResult add_messages(Intake *in, Frame *f, size_t size_max, const char **p,
                                const char *end) {
        FrameResult r = FRAME_MORE;
        Message m;

        while (_likely_(!in->full) || *p == end) {
                r = frame_next(f, size_max, p, end, &m);
                if (_likely_(r == FRAME_MESSAGE))
                        intake_add(in, &m);
                else if (r != FRAME_MORE || *p == end)
                        break;
        }
        return r;
}

/* Where the header began that P is behind a bad byte of; what came in earlier reads is gone. */
static const char *bad_frame_begin(const Frame *f, const char *begin, const char *p) {
        return p - MIN((ptrdiff_t)f->digits + 1, p - begin);
}

static void add_input(Stream *s, const char *p, const char *end) {
        size_t memory = frame_memory(&s->frame);
        const char *begin = p, *frame;
        FrameResult r;

        if (_unlikely_(s->n_messages == 0) && frame_is_at_start(&s->frame))
                stream_hint_first_bytes(s, p, (size_t)(end - p));
        begin_input(s, INPUT_READ);
        r = add_messages(s->streams->intake, &s->frame, s->streams->message_size, &p, end);
        frame = bad_frame_begin(&s->frame, begin, p);
        if (settle_input(s, r, memory, frame, (size_t)(end - frame)) && p < end)
                keep_backlog(s, p, end);
}

/* The partial message is complete. */
static void add_partial(Stream *s, StreamInput input) {
        size_t memory = frame_memory(&s->frame);
        const char *none = "";
        FrameResult r;
        Message m;

        begin_input(s, input);
        r = frame_end(&s->frame, &m);
        if (r == FRAME_MESSAGE) {
                intake_add(s->streams->intake, &m);
                counter_add(&s->listener->stats.timed_out, input == INPUT_TIMED_OUT);
                (void)frame_next(&s->frame, 0, &none, none, &m); /* frees its memory */
        }
        (void)settle_input(s, r, memory, none, 0);
}

static void on_end_of_input(Stream *s, const char *reason) {
        s->eof = true;
        add_partial(s, INPUT_ENDED);
        stream_end_finish(s, reason);
}

/* Finishes once everything that was queued when draining began is read, possibly including EOF. */
static void finish_when_drained(Stream *s) {
        char byte;

        if (!s->draining || s->state != STREAM_READING || s->drain_left > 0 || s->backlog)
                return;

        if (!s->held_back && !s->unsent && recv(s->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
                on_end_of_input(s, "stopping");
        else
                stream_end_finish(s, "stopping");
}

/* One read per wake-up, so that no stream delays the others. */
static void read_some(Stream *s) {
        Streams *all = s->streams;
        size_t size = s->draining ? MIN((size_t)s->drain_left, (size_t)STREAMS_READ_SIZE)
                                  : STREAMS_READ_SIZE;
        ssize_t n = recv(s->fd, all->buffer, size, MSG_DONTWAIT);

        if (n > 0) {
                s->last_usec = all->loop->now_usec;
                s->drain_left -= s->draining ? (int)n : 0;
                all->n_read += (size_t)n;
                add_input(s, all->buffer, all->buffer + n);
        } else if (n == 0)
                on_end_of_input(s, "closed by peer");
        else if (errno != EAGAIN && errno != EINTR) {
                const char *reason = strerrordesc_np(errno);

                /* What has arrived is recorded, but nobody is there to get a receipt. */
                on_end_of_input(s, reason);
                stream_end_abort(s, reason);
        }
        finish_when_drained(s);
}

/* Without receipts, senders are held back while their messages would be lost. */
static void stream_read(Stream *s) {
        if (!s->listener->receipt && intake_outputs_fail(s->streams->intake))
                s->held_back = true;
        else
                read_some(s);
}

static void discard_input(Stream *s) {
        ssize_t n = recv(s->fd, s->streams->buffer, STREAMS_READ_SIZE, MSG_DONTWAIT);

        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
                stream_end_abort(s, NULL);
}

static void stream_on_event(Source *source, uint32_t events) {
        Stream *s = (Stream *)source;

        if (events & EPOLLOUT && s->state != STREAM_DEAD)
                stream_send_unsent(s);

        switch ((StreamState)s->state) {
        case STREAM_READING:
                if (events & EPOLLIN && s->interest & EPOLLIN)
                        stream_read(s);
                else if (events & (EPOLLERR | EPOLLHUP))
                        stream_end_abort(s, "reset by peer");
                break;
        case STREAM_FINISHING:
                if (events & (EPOLLERR | EPOLLHUP))
                        stream_end_abort(s, "reset by peer");
                break;
        case STREAM_LINGERING:
                discard_input(s);
                break;
        case STREAM_DEAD:
                return;
        }
        stream_settle(s);
}

static void on_due(Stream *s, StreamDue due) {
        switch (due) {
        case STREAM_DUE_NOTHING:
                break;
        case STREAM_DUE_MESSAGE:
                add_partial(s, INPUT_TIMED_OUT);
                break;
        case STREAM_DUE_IDLE:
                add_partial(s, INPUT_TIMED_OUT);
                stream_end_finish(s, "idle");
                break;
        case STREAM_DUE_NO_PROGRESS:
                stream_end_abort(s, "receipts not read");
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

        if (s->streams->intake->full) {
                timer_set(&loop->timers, t, loop->now_usec + NO_ROOM_USEC);
                return;
        }
        if (w.deadline_usec <= loop->now_usec)
                on_due(s, w.due);
        stream_settle(s);
}

int stream_new(Streams *streams, ListenerSocket *origin, int fd, const Address *peer) {
        char text[ADDRESS_TEXT_MAX];
        size_t size = address_format(peer, text);
        Stream *s = calloc(1, sizeof(*s) + size);
        int r;

        if (!s)
                return -ENOMEM;

        s->source.on_event = stream_on_event;
        s->addressee.answer = stream_send_answer;
        s->timer.on_timer = stream_on_timer;
        s->streams = streams;
        s->listener = origin->listener;
        s->origin = origin;
        s->peer = *peer;
        s->peer_text_size = (uint8_t)size;
        memcpy(s->peer_text, text, size);
        s->fd = fd;
        s->interest = EPOLLIN;
        frame_init(&s->frame, s->listener->config->framing);
        r = loop_add(streams->loop, fd, s->interest, &s->source);
        if (r < 0) {
                free(s);
                return r;
        }

        s->id = admission_next_id(streams->admission);
        s->opened_usec = streams->loop->realtime_usec;
        s->last_usec = streams->loop->now_usec;
        TAILQ_INSERT_TAIL(&streams->whole, s, link);
        atomic_fetch_add_explicit(&streams->n_open, 1, memory_order_relaxed);
        counter_add(&s->listener->stats.connections_accepted, 1);
        update_peer(s, &(Peer){ .connections_accepted = 1 });
        log_debug("listener %s: %s connected", s->listener->config->name, text);
        if (origin->leaving || streams->draining)
                stream_drain(s);
        else
                stream_settle(s);
        return 0;
}

void stream_resume(Stream *s) {
        _cleanup_free_ StreamBacklog *b = TAKE_PTR(s->backlog);

        add_input(s, b->bytes, b->bytes + b->size);
        s->last_usec = s->streams->loop->now_usec; /* we caused the pause */
        finish_when_drained(s);
        stream_settle(s);
}

void stream_release(Stream *s) {
        if (!s->held_back)
                return;

        s->held_back = false;
        s->last_usec = s->streams->loop->now_usec;
        stream_settle(s);
}

void stream_reconfigure(Stream *s) {
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
        if (s->held_back || s->unsent || ioctl(s->fd, FIONREAD, &s->drain_left) < 0)
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
        free(s);
        return NULL;
}
