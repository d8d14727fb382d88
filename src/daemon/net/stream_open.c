/* SPDX-License-Identifier: MIT */
/* The header comes in one piece as a rule; else its parts are kept as the stream's backlog. */

#include "daemon/net/stream_open.h"

#include "config/config.h"
#include "core/macro.h"
#include "core/peers.h"
#include "core/proxy.h"
#include "daemon/net/access.h"
#include "daemon/net/admission.h"
#include "daemon/net/listener.h"
#include "daemon/net/listener_socket.h"
#include "daemon/net/socket.h"
#include "daemon/net/stream_backlog.h"
#include "daemon/net/stream_end.h"
#include "daemon/net/stream_hint.h"
#include "daemon/net/stream_partial.h"
#include "daemon/net/stream_peer.h"
#include "daemon/net/stream_tls.h"
#include "daemon/net/stream_via.h"
#include "daemon/net/streams.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* More than a header: it often comes with the first messages. The rest of them waits. */
#define READ_SIZE (2 * PROXY_SIZE_MAX)

void stream_open_admitted(Stream *s) {
        if (s->tls)
                stream_tls_begin(s);
        else
                s->state = STREAM_READING;
        counter_add(&s->listener->stats.connections_accepted, 1);
        stream_peer_note(s, &(Peer){ .connections_accepted = 1 });
        log_debug("listener %s: %.*s connected", s->listener->config->name, s->peer_text_size,
                  s->peer_text);
}

static void end_bad(Stream *s) {
        counter_add(&s->listener->stats.proxy_headers_bad, 1);
        stream_end_abort(s, "bad PROXY header");
}

void stream_open_time_out(Stream *s) {
        if (s->backlog)
                stream_hint_bad_header(s, "incomplete");
        else
                stream_hint_no_header(s, "", 0);
        end_bad(s);
}

void stream_open_refuse(Stream *s) {
        listener_note_rejected(s->listener, &s->peer, "limits.memory reached",
                               s->streams->loop->now_usec);
        stream_end_abort(s, "limits.memory");
}

/* --- the client --- */

static void note_denied(Stream *s, AccessVerdict v) {
        listener_note_denied(s->listener, &s->listener->stats.connections_denied, &s->peer,
                             access_text(v), s->streams->loop->now_usec);
        stream_peer_note(s, &(Peer){ .denied = 1 });
}

static void deny(Stream *s, AccessVerdict v) {
        note_denied(s, v);
        socket_reset_on_close(s->fd);
        stream_end_abort(s, "denied");
}

static void reject(Stream *s, AdmissionVerdict v) {
        char reason[ADMISSION_REASON_MAX];

        admission_format_reason(s->streams->admission, v, reason);
        listener_note_rejected(s->listener, &s->peer, reason, s->streams->loop->now_usec);
        stream_peer_note(s, &(Peer){ .refused = 1 });
        stream_end_abort(s, "rejected");
}

/* Returns whether it may go on. */
static bool admit(Stream *s) {
        Streams *all = s->streams;
        AccessVerdict access = access_decide(s->listener->access, &s->peer);
        AdmissionVerdict v;

        if (access != ACCESS_ALLOWED) {
                deny(s, access);
                return false;
        }
        v = admission_decide_client(all->admission, &s->peer, all->loop->now_usec);
        if (v != ADMISSION_ADMITTED) {
                reject(s, v);
                return false;
        }

        stream_backlog_end_header(s);
        stream_open_admitted(s);
        return true;
}

static bool end_header(Stream *s, const ProxyHeader *h) {
        if (h->is_local)
                return admit(s);

        s->via = stream_via_new(&s->peer, h);
        if (!s->via) {
                stream_end_abort(s, "out of memory");
                return false;
        }
        stream_peer_set(s, &h->source);
        return admit(s);
}

/* --- the header --- */

/* P, N: all bytes so far. */
static void keep(Stream *s, const char *p, size_t n) {
        size_t before = stream_backlog_size(s);

        if (stream_backlog_keep(s, p, n) < 0)
                stream_end_abort(s, "out of memory");
        else
                stream_partial_change(s, before, n);
}

static bool take_header(Stream *s, const char *p, size_t n, size_t *ret_size) {
        ProxyHeader h;

        switch (proxy_parse(p, n, &h)) {
        case PROXY_NEED_MORE:
                keep(s, p, n);
                return false;
        case PROXY_DONE:
                *ret_size = h.size;
                return end_header(s, &h);
        case PROXY_NONE:
                stream_hint_no_header(s, p, n);
                break;
        case PROXY_BAD:
                stream_hint_bad_header(s, h.reason);
                break;
        }
        end_bad(s);
        return false;
}

/* A connection that only tries whether there is one is nothing to tell. */
static void on_end(Stream *s, const char *reason) {
        if (s->backlog) {
                stream_hint_bad_header(s, "incomplete");
                end_bad(s);
                return;
        }
        stream_end_abort(s, reason);
}

bool stream_open_read(Stream *s, const char **ret, size_t *ret_size) {
        char *buffer = s->streams->buffer;
        size_t kept = stream_backlog_size(s), size = READ_SIZE, header;
        ssize_t n;

        if (s->draining)
                size = MIN((size_t)s->drain_left, size);
        if (kept > 0)
                memcpy(buffer, s->backlog->bytes, kept);
        n = recv(s->fd, buffer + kept, size, MSG_DONTWAIT);
        if (n <= 0) {
                if (n == 0)
                        on_end(s, "closed by peer");
                else if (errno != EAGAIN && errno != EINTR)
                        on_end(s, strerrordesc_np(errno));
                return false;
        }

        s->drain_left -= s->draining ? (int)n : 0;
        s->streams->n_read += (size_t)n;
        if (!take_header(s, buffer, kept + (size_t)n, &header))
                return false;

        if (!s->tls) /* the time for both begins with the connection */
                s->last_usec = s->streams->loop->now_usec;
        *ret = buffer + header;
        *ret_size = kept + (size_t)n - header;
        return true;
}

/* --- reload --- */

/* First the connection, then the sender, as when it began. Without a header yet, none is known. */
static AccessVerdict decide_again(const Stream *s) {
        const Access *a = s->listener->access;
        AccessVerdict v = ACCESS_ALLOWED;

        if (access_has_proxies(a))
                v = access_decide_peer(a, s->via ? &s->via->record.address : &s->peer);
        if (v == ACCESS_ALLOWED && s->state != STREAM_OPENING)
                v = access_decide(a, &s->peer);
        return v;
}

bool stream_open_review(Stream *s) {
        AccessVerdict v = decide_again(s);

        if (v == ACCESS_ALLOWED)
                return true;

        note_denied(s, v);
        return false;
}
