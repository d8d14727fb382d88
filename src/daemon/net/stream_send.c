/* SPDX-License-Identifier: MIT */
/* One send(2) for the receipts of a run, if the socket accepts them all. */

#include "daemon/net/stream_send.h"

#include "config/config.h"
#include "core/macro.h"
#include "core/receipt.h"
#include "core/stats.h"
#include "core/transport.h"
#include "daemon/net/listener.h"
#include "daemon/net/socket.h"
#include "daemon/net/stream_end.h"
#include "daemon/net/stream_settle.h"
#include "daemon/net/stream_tls.h"
#include "daemon/net/stream_unsent.h"
#include "daemon/net/streams.h"
#include "tls/tls.h"
#include <errno.h>
#include <sys/socket.h>

/*
 * For a peer that sends and reads nothing, the kernel would make the receive buffer larger and larger.
 * It may once the peer has taken more receipts than its own buffer holds while it reads none. A buffer
 * that is small for longer costs throughput.
 */
#define TAKEN_MIN (128 * 1024)

void stream_send_begin(Stream *s) {
        if (!s->listener->receipt || s->listener->config->receive_buffer > 0)
                return;

        if (s->to_take == 0)
                socket_keep_receive_buffer(s->fd);
        s->to_take = TAKEN_MIN;
}

static void note_taken(Stream *s, size_t n) {
        s->to_take -= (int)MIN(n, (size_t)s->to_take);
        if (s->to_take == 0)
                socket_let_receive_buffer_grow(s->fd);
}

static size_t format(const Unsent *u, Id *id, size_t count, char *dst, size_t size,
                     size_t *ret_count) {
        if (u->error > 0)
                return receipt_format_error(u->error, id, count, dst, size, ret_count);

        return receipt_format(u->receipt, id, count, u->truncated, dst, size, ret_count);
}

/* SENT bytes of the text, which starts with the receipt of U->id, were sent: advances U. */
static void advance(Unsent *u, size_t sent, char *scratch, size_t size) {
        for (;;) {
                Id id = u->id;
                size_t n, one = format(u, &id, 1, scratch, size, &n);

                if (sent < one) {
                        u->skip = (uint32_t)sent;
                        return;
                }
                sent -= one;
                u->id = id;
                u->count--;
        }
}

/* Receipts of one send(2): a packet is read whole, and what a reader has no room for is lost. */
static size_t once(const Stream *s, const Unsent *u) {
        return _likely_(s->unit == TRANSPORT_BYTES) ? u->count : 1;
}

static ssize_t put(Stream *s, const char *text, size_t size) {
        ssize_t sent;

        if (_unlikely_(s->tls != NULL))
                return stream_tls_send(s, text, size);
        sent = send(s->fd, text, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0)
                stream_unsent_note_sent(s, (size_t)sent);
        return sent;
}

/* Returns 1 if all was sent, 0 if the socket is full, or negative errno. */
static int send_some(Stream *s, Unsent *u) {
        char *text = s->streams->buffer;
        const size_t max = _likely_(!s->tls) ? STREAMS_SEND_SIZE : TLS_RECORD_MAX;

        while (u->count > 0) {
                Id id = u->id;
                size_t n, size = format(u, &id, once(s, u), text, max, &n);
                ssize_t sent = put(s, text + u->skip, size - u->skip);

                if (sent < 0 && errno != EAGAIN && errno != EINTR)
                        return -errno;
                if (sent > 0) {
                        s->last_usec = s->streams->loop->now_usec;
                        if (_unlikely_(s->to_take > 0))
                                note_taken(s, (size_t)sent);
                }
                if (sent == (ssize_t)(size - u->skip)) {
                        u->id = id;
                        u->count -= (uint32_t)n;
                        u->skip = 0;
                        continue;
                }
                advance(u, u->skip + (size_t)MAX(sent, (ssize_t)0), text, max);
                return 0;
        }
        return 1;
}

static int send_run(Stream *s, const Run *run, int error) {
        Unsent u = {
                .receipt = run->receipt,
                .id = run->first,
                .count = run->count,
                .error = error,
                .truncated = run->truncated,
        };
        int r;

        if (!s->unsent) {
                r = send_some(s, &u);
                if (r != 0)
                        return MIN(r, 0);
                s->last_usec = s->streams->loop->now_usec;
                stream_send_begin(s);
        }
        return stream_unsent_push(s, &u);
}

void stream_send_unsent(Stream *s) {
        Unsent *u;
        int r = _likely_(!s->tls) ? 1 : stream_tls_send_unsent(s);

        while (r > 0 && (u = stream_unsent_first(s))) {
                r = send_some(s, u);
                if (r > 0)
                        stream_unsent_pop(s);
        }
        if (r < 0)
                stream_end_sending(s, r);
}

void stream_send_look(Stream *s) {
        if (stream_unsent_look(s))
                return;
        if (s->state == STREAM_FINISHING)
                stream_end_abort(s, "receipts not read");
        else
                stream_end_answering(s, "takes no receipts");
}

static void drop_reference(Stream *s) {
        Streams *all = s->streams;

        if (--s->addressee.n_pending == 0 && s->state == STREAM_DEAD) {
                TAILQ_REMOVE(&all->referred, s, link);
                TAILQ_INSERT_TAIL(&all->unused, s, link);
        }
}

void stream_send_answer(Addressee *a, const Run *run, int error, uint64_t latency_usec) {
        Stream *s = CONTAINER_OF(a, Stream, addressee);

        if (s->state != STREAM_DEAD)
                histogram_add(&run->stats->receipt_latency, latency_usec, run->count);
        if (s->state != STREAM_DEAD && s->state != STREAM_LINGERING && !s->unreachable) {
                int r = send_run(s, run, error);

                if (r < 0)
                        stream_end_sending(s, r);
        }
        drop_reference(s);
        stream_settle(s);
}
