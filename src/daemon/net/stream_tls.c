/* SPDX-License-Identifier: MIT */
/* The buffers are the worker's: a stream has only the state of its session. */

#include "daemon/net/stream_tls.h"

#include "config/config.h"
#include "core/macro.h"
#include "daemon/net/admission.h"
#include "daemon/net/listener.h"
#include "daemon/net/listener_tls.h"
#include "daemon/net/stream_unsent.h"
#include "daemon/net/streams.h"
#include "tls/tls.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* A part of a record that is held, beside what it is counted with anyway. */
#define PART_SIZE (17 * 1024)
/* Of answers to its questions (KeyUpdate) that a peer does not read. */
#define UNREAD_MAX ((size_t)64 * 1024)

/* For what a read contains, and what is to be sent. */
static int make_buffers(Streams *a) {
        if (!a->tls_buffer)
                a->tls_buffer = malloc(STREAMS_READ_SIZE + TLS_RECORD_MAX + TLS_OUT_MAX);
        return a->tls_buffer ? 0 : -ENOMEM;
}

char *stream_tls_out(const Streams *a) {
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

void stream_tls_end_greeting(Stream *s) {
        if (!s->tls->greets)
                return;

        s->tls->greets = false;
        atomic_fetch_sub_explicit(&s->streams->n_greeting, 1, memory_order_relaxed);
}

void stream_tls_count_part(Stream *s, bool has_part) {
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

        stream_tls_end_greeting(s);
        stream_tls_count_part(s, false);
        admission_add_tls(s->streams->admission, -(int64_t)t->size);
        atomic_fetch_sub_explicit(&s->streams->n_tls, 1, memory_order_relaxed);
        (void)t->ops->session_free(t->session);
        (void)t->ops->context_unref(t->context);
        free(TAKE_PTR(s->tls));
}

/* --- to the socket --- */

int stream_tls_transmit(Stream *s, const char *p, size_t n) {
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
        char *out = stream_tls_out(s->streams);
        ssize_t n;
        int r;

        if (stream_unsent_bytes(s, NULL) > 0) {
                errno = EAGAIN;
                return -1;
        }
        n = t->ops->send(t->session, text, size, out, TLS_OUT_MAX);
        r = n < 0 ? (int)n : stream_tls_transmit(s, out, (size_t)n);
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
        char *out = stream_tls_out(s->streams);

        if (!t->ended && t->is_open &&
            stream_tls_transmit(s, out, t->ops->end(t->session, out, TLS_OUT_MAX)) < 0)
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
