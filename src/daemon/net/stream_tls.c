/* SPDX-License-Identifier: MIT */
/* The buffers are the worker's: a stream has only the state of its session. */

#include "daemon/net/stream_tls.h"

#include "config/config.h"
#include "core/macro.h"
#include "core/tls_peer.h"
#include "daemon/net/admission.h"
#include "daemon/net/listener.h"
#include "daemon/net/listener_tls.h"
#include "daemon/net/stream_end.h"
#include "daemon/net/stream_hint.h"
#include "daemon/net/stream_input.h"
#include "daemon/net/stream_unsent.h"
#include "daemon/net/streams.h"
#include "tls/tls.h"
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* A part of a record that is held, beside what it is counted with anyway. */
#define PART_SIZE (17 * 1024)
/* Of answers to its questions (KeyUpdate) that a peer does not read. */
#define UNREAD_MAX ((size_t)64 * 1024)
/* Bytes of one read while shaking hands: a turn should be short. */
#define GREETING_SIZE (16 * 1024)

struct StreamTls {
        const TlsOps *ops;
        TlsContext *context; /* of the listener as it was; a reference */
        TlsSession *session; /* NULL: nothing has arrived yet */
        size_t size;         /* counted in limits.memory */
        bool greets;         /* counted as greeting */
        bool is_open;        /* both have agreed */
        bool has_part;       /* of a record, which is counted, too */
        bool ended;          /* we have said that nothing follows */
        uint8_t state;       /* TlsState: ENDED or FAILED may have to wait for the backlog */
};

/* For what a read contains, and what is to be sent. */
static int make_buffers(Streams *a) {
        if (!a->tls_buffer)
                a->tls_buffer = malloc(STREAMS_READ_SIZE + TLS_RECORD_MAX + TLS_OUT_MAX);
        return a->tls_buffer ? 0 : -ENOMEM;
}

static char *plain_buffer(const Streams *a) {
        return a->tls_buffer;
}

static char *out_buffer(const Streams *a) {
        return a->tls_buffer + STREAMS_READ_SIZE + TLS_RECORD_MAX;
}

int stream_tls_new(Stream *s) {
        Admission *admission = s->streams->admission;
        StreamTls *t;
        size_t size = listener_tls_size(s->listener->config);

        if (make_buffers(s->streams) < 0)
                return -ENOMEM;
        if (admission_tls_left(admission, size) == 0)
                return -EDQUOT;
        t = calloc(1, sizeof(*t));
        if (!t)
                return -ENOMEM;

        t->ops = tls_loaded();
        t->context = t->ops->context_ref(s->listener->tls);
        t->size = size;
        admission_add_tls(admission, (int64_t)size);
        atomic_fetch_add_explicit(&s->streams->n_tls, 1, memory_order_relaxed);
        s->tls = t;
        return 0;
}

void stream_tls_begin(Stream *s) {
        s->state = STREAM_SECURING;
        s->tls->greets = true;
        atomic_fetch_add_explicit(&s->streams->n_greeting, 1, memory_order_relaxed);
}

static void end_greeting(Stream *s) {
        if (!s->tls->greets)
                return;

        s->tls->greets = false;
        atomic_fetch_sub_explicit(&s->streams->n_greeting, 1, memory_order_relaxed);
}

/* A part of a record takes more. */
static void count_part(Stream *s, bool has_part) {
        StreamTls *t = s->tls;

        if (has_part == t->has_part)
                return;

        t->has_part = has_part;
        admission_add_tls(s->streams->admission, has_part ? PART_SIZE : -PART_SIZE);
}

void stream_tls_free(Stream *s) {
        StreamTls *t = s->tls;

        if (!t)
                return;

        end_greeting(s);
        count_part(s, false);
        admission_add_tls(s->streams->admission, -(int64_t)t->size);
        atomic_fetch_sub_explicit(&s->streams->n_tls, 1, memory_order_relaxed);
        (void)t->ops->session_free(t->session);
        (void)t->ops->context_unref(t->context);
        free(TAKE_PTR(s->tls));
}

/* --- to the socket --- */

/* What the socket does not take is kept. Returns 0 or negative errno. */
static int transmit(Stream *s, const char *p, size_t n) {
        ssize_t sent = 0;

        if (n == 0 || s->unreachable)
                return 0;
        if (stream_unsent_bytes(s, NULL) == 0) {
                sent = send(s->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
                if (sent < 0 && errno != EAGAIN && errno != EINTR)
                        return -errno;
                sent = MAX(sent, (ssize_t)0);
                stream_unsent_note_sent(s, (size_t)sent);
        }
        if ((size_t)sent == n)
                return 0;
        if (stream_unsent_bytes(s, NULL) + n - (size_t)sent > UNREAD_MAX)
                return -EDQUOT;
        return stream_unsent_keep_bytes(s, p + sent, n - (size_t)sent);
}

ssize_t stream_tls_send(Stream *s, const char *text, size_t size) {
        StreamTls *t = s->tls;
        char *out = out_buffer(s->streams);
        ssize_t n;
        int r;

        if (stream_unsent_bytes(s, NULL) > 0) {
                errno = EAGAIN;
                return -1;
        }
        n = t->ops->send(t->session, text, size, out, TLS_OUT_MAX);
        r = n < 0 ? (int)n : transmit(s, out, (size_t)n);
        if (r < 0) {
                errno = -r;
                return -1;
        }
        return (ssize_t)size;
}

int stream_tls_send_unsent(Stream *s) {
        const char *p;
        size_t n = stream_unsent_bytes(s, &p);
        ssize_t sent = n > 0 ? send(s->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT) : 0;

        if (sent < 0 && errno != EAGAIN && errno != EINTR)
                return -errno;
        if (sent > 0) {
                s->last_usec = s->streams->loop->now_usec;
                stream_unsent_note_sent(s, (size_t)sent);
                stream_unsent_drop_bytes(s, (size_t)sent);
        }
        return (size_t)MAX(sent, (ssize_t)0) == n;
}

bool stream_tls_end(Stream *s) {
        StreamTls *t = s->tls;
        char *out = out_buffer(s->streams);

        if (!t->ended && t->is_open &&
            transmit(s, out, t->ops->end(t->session, out, TLS_OUT_MAX)) < 0)
                s->unreachable = true;
        t->ended = true;
        return stream_unsent_bytes(s, NULL) == 0;
}

bool stream_tls_is_whole(const Stream *s) {
        return !s->tls || s->tls->state == TLS_ENDED;
}

const TlsPeer *stream_tls_peer(const Stream *s) {
        return s->tls && s->tls->is_open ? s->tls->ops->peer(s->tls->session) : NULL;
}

/* --- from the socket --- */

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
        end_greeting(s);
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
        if (s->tls->state == TLS_ENDED) {
                stream_input_end(s, FRAME_END_ORDERLY);
                stream_end_finish(s, "ended by peer");
        }
}

void stream_tls_resume(Stream *s) {
        if (s->tls)
                end_if_due(s);
}

void stream_tls_add(Stream *s, const char *p, size_t n) {
        StreamTls *t = s->tls;
        Streams *all = s->streams;
        TlsStep step = {
                .in = p,
                .in_size = n,
                .plain = plain_buffer(all),
                .plain_max = STREAMS_READ_SIZE + TLS_RECORD_MAX,
                .out = out_buffer(all),
        };

        if (!t->session)
                t->session = t->ops->session_new(t->context);
        if (!t->session) {
                stream_end_abort(s, "out of memory");
                return;
        }

        t->state = (uint8_t)t->ops->receive(t->session, &step);
        if (transmit(s, step.out, step.out_size) < 0)
                s->unreachable = true; /* what follows would not be understood */
        if (!t->is_open && *t->ops->peer(t->session)->version)
                open_done(s);
        count_part(s, t->ops->holds_part(t->session));
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

void stream_tls_time_out(Stream *s) {
        counter_add(&s->listener->stats.handshakes_timed_out, 1);
        note_failure(s, TLS_FAILURE_NONE, "has not shaken hands in time");
        stream_end_abort(s, "no TLS handshake in time");
}

void stream_tls_shake_hands(Stream *s) {
        char *buffer = s->streams->buffer;
        ssize_t n = recv(s->fd, buffer, GREETING_SIZE, MSG_DONTWAIT);

        if (n > 0) {
                s->streams->n_read += (size_t)n;
                stream_tls_add(s, buffer, (size_t)n);
        } else if (n == 0)
                on_end(s, "closed by peer");
        else if (errno != EAGAIN && errno != EINTR)
                on_end(s, strerrordesc_np(errno));
}
