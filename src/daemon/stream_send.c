/* SPDX-License-Identifier: MIT */
/* One send(2) for the receipts of a run; a queue of runs, not of bytes, for a peer that is slow. */

#include "daemon/stream_send.h"

#include "core/macro.h"
#include "core/receipt.h"
#include "daemon/listener.h"
#include "daemon/quota.h"
#include "daemon/stream_end.h"
#include "daemon/stream_settle.h"
#include "daemon/worker.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* So many items a stream may have before they are counted. */
#define UNSENT_FREE 16

/* Receipts from ID on; SKIP bytes of the first one have left already. */
typedef struct Unsent {
        const Receipt *receipt;
        Id id;
        uint32_t count;
        uint32_t skip;
        int error;
        bool truncated;
} Unsent;

struct StreamUnsent {
        size_t first, n, n_allocated;
        Unsent items[];
};

static size_t format(const Unsent *u, Id *id, size_t count, char *dst, size_t size,
                     size_t *ret_count) {
        if (u->error > 0)
                return receipt_format_error(u->error, id, count, dst, size, ret_count);

        return receipt_format(u->receipt, id, count, u->truncated, dst, size, ret_count);
}

/* SENT bytes of the text that starts with the receipt of U->id have left: moves U there. */
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

/* Returns 1 when all of it has left, 0 when the socket is full, or negative errno. */
static int send_some(Stream *s, Unsent *u) {
        Worker *w = s->worker;

        while (u->count > 0) {
                Id id = u->id;
                size_t n, size = format(u, &id, u->count, w->send_buffer, WORKER_SEND_SIZE, &n);
                ssize_t sent = send(s->fd, w->send_buffer + u->skip, size - u->skip,
                                    MSG_NOSIGNAL | MSG_DONTWAIT);

                if (sent < 0 && errno != EAGAIN && errno != EINTR)
                        return -errno;
                if (sent > 0)
                        s->last_usec = w->now_usec;
                if (sent == (ssize_t)(size - u->skip)) {
                        u->id = id;
                        u->count -= (uint32_t)n;
                        u->skip = 0;
                        continue;
                }
                advance(u, u->skip + (size_t)MAX(sent, (ssize_t)0), w->send_buffer,
                        WORKER_SEND_SIZE);
                return 0;
        }
        return 1;
}

/* What counts of a queue: a few items are every stream's own. */
static int64_t counted(size_t n_allocated) {
        return n_allocated > UNSENT_FREE ? (int64_t)(n_allocated * sizeof(Unsent)) : 0;
}

/* Room for one more. Returns 0, -ENOMEM, or -EDQUOT when all together hold too much. */
static int make_room(Stream *s) {
        StreamUnsent *q = s->unsent;
        size_t n = q ? q->n : 0, wanted = MAX(2 * n, (size_t)2);
        int64_t delta;

        if (q && q->first > n) {
                memmove(q->items, q->items + q->first, n * sizeof(q->items[0]));
                q->first = 0;
                return 0;
        }

        if (q)
                wanted += q->first;
        delta = counted(wanted) - counted(q ? q->n_allocated : 0);
        if (delta > 0 && quota_add_unsent(s->worker->quota, delta)) {
                (void)quota_add_unsent(s->worker->quota, -delta);
                return -EDQUOT;
        }
        q = realloc(q, sizeof(*q) + wanted * sizeof(q->items[0]));
        if (!q) {
                (void)quota_add_unsent(s->worker->quota, -delta);
                return -ENOMEM;
        }

        if (!s->unsent)
                q->first = q->n = 0;
        q->n_allocated = wanted;
        s->unsent = q;
        return 0;
}

static int remember(Stream *s, const Unsent *u) {
        StreamUnsent *q = s->unsent;
        int r = !q || q->first + q->n == q->n_allocated ? make_room(s) : 0;

        if (r < 0)
                return r;

        q = s->unsent;
        q->items[q->first + q->n++] = *u;
        return 0;
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
                s->last_usec = s->worker->now_usec;
        }
        return remember(s, &u);
}

int stream_send_unsent(Stream *s) {
        StreamUnsent *q = s->unsent;

        while (q && q->n > 0) {
                int r = send_some(s, &q->items[q->first]);

                if (r <= 0)
                        return r;
                q->first++;
                q->n--;
        }
        stream_send_forget(s);
        return 0;
}

void stream_send_give_up(Stream *s, int error) {
        stream_send_forget(s);
        if (error == -EDQUOT)
                stream_end_unsent(s);
        else if (error == -ENOMEM || error == -ENOBUFS)
                stream_end_abort(s, "out of memory");
        else
                s->deaf = true;
}

void stream_send_forget(Stream *s) {
        if (s->unsent)
                (void)quota_add_unsent(s->worker->quota, -counted(s->unsent->n_allocated));
        free(TAKE_PTR(s->unsent));
}

static void forget_run(Stream *s) {
        s->addressee.n_pending--;
        if (s->state == STREAM_DEAD && s->addressee.n_pending == 0) {
                stream_list_remove(&s->worker->named, s);
                stream_list_add(&s->worker->dead, s);
        }
}

void stream_send_answer(Addressee *a, const Run *run, int error, uint64_t latency_usec) {
        Stream *s = CONTAINER_OF(a, Stream, addressee);
        bool silent = s->deaf || s->state == STREAM_DEAD || s->state == STREAM_LINGERING;
        int r = silent ? 0 : send_run(s, run, error);

        if (s->state != STREAM_DEAD)
                histogram_add(&run->stats->receipt_latency, latency_usec, run->count);

        if (r < 0)
                stream_send_give_up(s, r);
        forget_run(s);
        stream_settle(s);
}
