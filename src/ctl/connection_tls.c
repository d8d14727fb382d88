/* SPDX-License-Identifier: MIT */
/*
 * What is encrypted cannot be encrypted again: what the socket did not take is kept. It is at most what
 * one call made of plain bytes, and answers to the other side, which reads them or loses us.
 */

#include "ctl/connection_tls.h"

#include "core/clock.h"
#include "tls/tls.h"
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define IN_SIZE ((size_t)32 * 1024)
/* Records that one call of connection_tls_send() makes at most. */
#define BATCH 4
#define OUT_SIZE ((size_t)BATCH * (TLS_RECORD_MAX + TLS_RECORD_EXTRA) + 2 * (size_t)TLS_OUT_MAX)
#define WHY_PREFIX "TLS: "

struct ConnectionTls {
        const TlsOps *ops;
        TlsSession *session; /* owned */
        TlsState state;
        bool socket_ended;
        bool has_told;  /* connection_tls_receive() has returned the end */
        bool has_read;  /* it has returned bytes */
        bool is_ending; /* close_notify was made */
        int error;      /* a positive errno of sending: some of what was encrypted is lost */
        size_t plain_begin, plain_end; /* not yet read */
        size_t out_begin, out_end;     /* not yet sent */
        char why[sizeof(WHY_PREFIX) + TLS_WHY_MAX];
        char in[IN_SIZE];
        char plain[IN_SIZE + TLS_RECORD_MAX];
        char out[OUT_SIZE];
};

static int fail(Connection *c, const char *why) {
        (void)snprintf(c->tls->why, sizeof(c->tls->why), WHY_PREFIX "%s", why);
        c->problem = c->tls->why;
        return -EPROTO;
}

/* Sends once. Returns 0 or negative errno. */
static int flush(Connection *c) {
        ConnectionTls *t = c->tls;
        ssize_t n;

        if (t->out_begin < t->out_end && t->error == 0) {
                n = send(c->fd, t->out + t->out_begin, t->out_end - t->out_begin,
                         MSG_NOSIGNAL | MSG_DONTWAIT);
                if (n >= 0)
                        t->out_begin += (size_t)n;
                else if (errno != EAGAIN && errno != EINTR)
                        t->error = errno;
        }
        if (t->out_begin == t->out_end || t->error > 0)
                t->out_begin = t->out_end = 0;
        return -t->error;
}

static bool make_room(ConnectionTls *t) {
        t->out_end -= t->out_begin;
        memmove(t->out, t->out + t->out_begin, t->out_end);
        t->out_begin = 0;
        return sizeof(t->out) - t->out_end >= TLS_OUT_MAX;
}

/* Takes the first N bytes of t->in; all of t->plain was read. */
static void step(Connection *c, size_t n) {
        ConnectionTls *t = c->tls;
        TlsStep s = {
                .in = t->in,
                .in_size = n,
                .plain = t->plain,
                .plain_max = sizeof(t->plain),
                .out = t->out + t->out_end,
        };

        t->state = t->ops->receive(t->session, &s);
        t->plain_begin = 0;
        t->plain_end = s.plain_size;
        t->out_end += s.out_size;
        (void)flush(c); /* what fails will be told by the next call that sends */
        if (t->state == TLS_FAILED)
                t->out_begin = t->out_end = 0; /* an alert that nobody takes */
}

/* Reads once. Returns 0, also at the end, or negative errno. */
static int read_some(Connection *c) {
        ConnectionTls *t = c->tls;
        ssize_t n;

        if (!make_room(t))
                return fail(c, "does not read the answers that it wants");

        n = recv(c->fd, t->in, sizeof(t->in), MSG_DONTWAIT);
        if (n < 0) {
                if (errno != EAGAIN && errno != EINTR)
                        t->out_begin = t->out_end = 0; /* nobody will take it */
                return -errno;
        }
        t->socket_ended = n == 0;
        if (n > 0)
                step(c, (size_t)n);
        return 0;
}

/* --- the handshake --- */

static int wait_ready(Connection *c, uint64_t deadline_usec) {
        struct pollfd p = {
                .fd = c->fd,
                .events = (short)(POLLIN | (connection_tls_n_unsent(c->tls) > 0 ? POLLOUT : 0)),
        };
        int n = poll(&p, 1, clock_timeout_msec(deadline_usec, clock_monotonic()));

        if (n == 0) {
                (void)fail(c, "no answer to the handshake; does it speak TLS?");
                return -ETIMEDOUT;
        }
        return n < 0 && errno != EINTR ? -errno : 0;
}

static int explain_handshake(Connection *c) {
        ConnectionTls *t = c->tls;

        return fail(c, t->state == TLS_FAILED ? t->ops->why(t->session)
                                              : "closed the connection during the handshake");
}

/* Returns 0 once the handshake is over for us, or negative errno. */
static int shake_hands(Connection *c) {
        const uint64_t deadline = clock_monotonic() + c->timeout_usec;
        ConnectionTls *t = c->tls;
        int r;

        step(c, 0);
        while (t->state == TLS_GREETING && !t->socket_ended) {
                r = wait_ready(c, deadline);
                if (r < 0)
                        return r;
                (void)flush(c); /* reading tells why it fails */
                r = read_some(c);
                if (r == -ECONNRESET || r == -EPIPE)
                        return explain_handshake(c);
                if (r < 0 && r != -EAGAIN && r != -EINTR)
                        return r;
        }
        return t->state == TLS_OPEN ? 0 : explain_handshake(c);
}

int connection_tls_open(Connection *c) {
        const Destination *d = c->destination;

        c->tls = calloc(1, sizeof(ConnectionTls));
        if (!c->tls)
                return -ENOMEM;

        c->tls->ops = d->tls;
        c->tls->session = d->tls->session_new(d->tls_context);
        return c->tls->session ? shake_hands(c) : -ENOMEM;
}

/* --- bytes --- */

int connection_tls_send(Connection *c, const char *data, size_t size) {
        ConnectionTls *t = c->tls;
        size_t taken = 0;
        int r = flush(c);

        if (r < 0 || t->out_end > 0)
                return r;

        for (int i = 0; i < BATCH && taken < size; i++) {
                size_t n = MIN(size - taken, (size_t)TLS_RECORD_MAX);
                ssize_t made = t->ops->send(t->session, data + taken, n, t->out + t->out_end,
                                            sizeof(t->out) - t->out_end);

                if (made < 0)
                        return (int)made;
                t->out_end += (size_t)made;
                taken += n;
        }
        r = flush(c);
        return r < 0 ? r : (int)taken;
}

static int take_plain(ConnectionTls *t, char *buf, size_t size) {
        size_t n = MIN(size, t->plain_end - t->plain_begin);

        memcpy(buf, t->plain + t->plain_begin, n);
        t->plain_begin += n;
        t->has_read = true;
        return (int)n;
}

/* After everything else was read. Returns as connection_receive(). */
static int take_end(Connection *c) {
        ConnectionTls *t = c->tls;

        t->has_told = true;
        if (t->state == TLS_FAILED) {
                /* of TLS 1.3 the client's part is over before the server has looked at it */
                c->is_refused = !t->has_read && t->ops->failure(t->session) == TLS_FAILURE_REFUSED;
                return fail(c, t->ops->why(t->session));
        }
        if (t->state == TLS_OPEN) {
                (void)fail(c, "cut off, there was no close_notify");
                c->is_cut = true;
        }
        return 0;
}

int connection_tls_receive(Connection *c, char *buf, size_t size) {
        ConnectionTls *t = c->tls;

        if (t->plain_begin == t->plain_end && t->state == TLS_OPEN && !t->socket_ended) {
                int r = read_some(c);

                if (r < 0)
                        return r;
        }
        if (t->plain_begin < t->plain_end)
                return take_plain(t, buf, size);
        return t->state == TLS_OPEN && !t->socket_ended ? -EAGAIN : take_end(c);
}

bool connection_tls_has_more(const ConnectionTls *t) {
        return t->plain_begin < t->plain_end ||
               ((t->state != TLS_OPEN || t->socket_ended) && !t->has_told);
}

size_t connection_tls_n_unsent(const ConnectionTls *t) {
        return t->out_end - t->out_begin;
}

bool connection_tls_end(Connection *c) {
        ConnectionTls *t = c->tls;

        if (!t->is_ending)
                t->out_end += t->ops->end(t->session, t->out + t->out_end,
                                          sizeof(t->out) - t->out_end);
        t->is_ending = true;
        return flush(c) < 0 || t->out_end == 0;
}

ConnectionTls *connection_tls_free(ConnectionTls *t) {
        if (t && t->session)
                (void)t->ops->session_free(t->session);
        free(t);
        return NULL;
}
