/* SPDX-License-Identifier: MIT */
/* An array whose front moves; moved back to the start before it has to grow. */

#include "daemon/net/stream_unsent.h"

#include "core/macro.h"
#include "daemon/net/admission.h"
#include "daemon/net/streams.h"
#include <errno.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>

/* Items that a stream may have without counting against the share. */
#define ITEMS_FREE 16

struct StreamUnsent {
        uint64_t taken_usec;
        int64_t in_kernel; /* bytes that the peer had not taken at the last look, or that came since */
        char *bytes;       /* before all items; owned */
        size_t n_bytes;
        size_t first, n, n_allocated;
        Unsent items[];
};

/* The bytes of a queue that count. */
static int64_t counted(size_t n_allocated) {
        return n_allocated > ITEMS_FREE ? (int64_t)(n_allocated * sizeof(Unsent)) : 0;
}

/* Bytes that the peer has not acknowledged. */
static int64_t count_in_kernel(const Stream *s) {
        int n;

        return ioctl(s->fd, SIOCOUTQ, &n) < 0 ? 0 : n;
}

/* Makes room for one more. Returns as stream_unsent_push(). */
static int make_room(Stream *s) {
        Admission *admission = s->streams->admission;
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
        if (delta > 0 && admission_add_unsent(admission, delta)) {
                (void)admission_add_unsent(admission, -delta);
                return -EDQUOT;
        }
        q = realloc(q, sizeof(*q) + wanted * sizeof(q->items[0]));
        if (!q) {
                (void)admission_add_unsent(admission, -delta);
                return -ENOMEM;
        }

        if (!s->unsent) {
                q->first = q->n = q->n_bytes = 0;
                q->bytes = NULL;
                q->taken_usec = s->streams->loop->now_usec;
                q->in_kernel = count_in_kernel(s);
        }
        q->n_allocated = wanted;
        s->unsent = q;
        return 0;
}

int stream_unsent_push(Stream *s, const Unsent *u) {
        StreamUnsent *q = s->unsent;
        int r = !q || q->first + q->n == q->n_allocated ? make_room(s) : 0;

        if (r < 0)
                return r;

        q = s->unsent;
        q->items[q->first + q->n++] = *u;
        return 0;
}

Unsent *stream_unsent_first(const Stream *s) {
        StreamUnsent *q = s->unsent;

        return q && q->n > 0 ? &q->items[q->first] : NULL;
}

static void free_empty(Stream *s) {
        if (s->unsent->n == 0 && s->unsent->n_bytes == 0)
                stream_unsent_free(s);
}

void stream_unsent_pop(Stream *s) {
        s->unsent->first++;
        s->unsent->n--;
        free_empty(s);
}

void stream_unsent_free(Stream *s) {
        StreamUnsent *q = s->unsent;

        if (!q)
                return;

        (void)admission_add_unsent(s->streams->admission,
                                   -counted(q->n_allocated) - (int64_t)q->n_bytes);
        free(q->bytes);
        free(TAKE_PTR(s->unsent));
}

int stream_unsent_keep_bytes(Stream *s, const char *p, size_t n) {
        Admission *admission = s->streams->admission;
        int r = s->unsent ? 0 : make_room(s);
        StreamUnsent *q = s->unsent;
        char *bytes;

        if (r < 0)
                return r;
        if (admission_add_unsent(admission, (int64_t)n)) {
                (void)admission_add_unsent(admission, -(int64_t)n);
                free_empty(s);
                return -EDQUOT;
        }
        bytes = realloc(q->bytes, q->n_bytes + n);
        if (!bytes) {
                (void)admission_add_unsent(admission, -(int64_t)n);
                free_empty(s);
                return -ENOMEM;
        }

        memcpy(bytes + q->n_bytes, p, n);
        q->bytes = bytes;
        q->n_bytes += n;
        return 0;
}

size_t stream_unsent_bytes(const Stream *s, const char **ret) {
        const StreamUnsent *q = s->unsent;

        if (ret)
                *ret = q ? q->bytes : NULL;
        return q ? q->n_bytes : 0;
}

void stream_unsent_drop_bytes(Stream *s, size_t n) {
        StreamUnsent *q = s->unsent;

        q->n_bytes -= n;
        memmove(q->bytes, q->bytes + n, q->n_bytes);
        (void)admission_add_unsent(s->streams->admission, -(int64_t)n);
        free_empty(s);
}

void stream_unsent_note_sent(Stream *s, size_t n) {
        if (s->unsent)
                s->unsent->in_kernel += (int64_t)n;
}

uint64_t stream_unsent_taken_usec(const Stream *s) {
        return s->unsent->taken_usec;
}

bool stream_unsent_look(Stream *s) {
        int64_t n = count_in_kernel(s);

        if (n >= s->unsent->in_kernel)
                return false;

        s->unsent->in_kernel = n;
        s->unsent->taken_usec = s->streams->loop->now_usec;
        return true;
}
