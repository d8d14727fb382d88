/* SPDX-License-Identifier: MIT */
/* Standard output may be a pipe that nobody reads, so every wait can be interrupted. */

#include "daemon/output/output_stdout.h"

#include "core/macro.h"
#include "daemon/output/output_impl.h"
#include "daemon/output/output_queue.h"
#include <errno.h>
#include <poll.h>

/* Returns 0 once standard output accepts more, or negative errno. */
static int wait_for_reader(const Output *o) {
        struct pollfd fds[] = {
                { .fd = STDOUT_FILENO, .events = POLLOUT },
                { .fd = output_queue_interrupt_fd(o->queue), .events = POLLIN },
        };

        while (poll(fds, ELEMENTSOF(fds), -1) < 0)
                if (errno != EINTR)
                        return -errno;
        return (fds[0].revents & POLLOUT) ? 0 : fds[1].revents ? -ECANCELED : -EPIPE;
}

/* A pipe that polls writable accepts PIPE_BUF (4096) bytes without blocking. */
static int output_stdout_write(Output *o, const Segment *s) {
        const char *p = s->buffer->data + s->from, *end = s->buffer->data + s->to;
        int r = 0;

        output_enter(o);
        while (p < end && r >= 0) {
                ssize_t n;

                r = wait_for_reader(o);
                if (r < 0)
                        break;

                n = write(STDOUT_FILENO, p, MIN((size_t)(end - p), (size_t)4096));
                if (n >= 0)
                        p += n;
                else if (errno != EINTR && errno != EAGAIN)
                        r = -errno;
        }
        output_leave(o);

        (void)output_set_error(o, r, "cannot write to it");
        output_count(o, s->n_records, r);
        return r;
}

static Output *output_stdout_free(Output *o) {
        output_done(o);
        free(o);
        return NULL;
}

int output_stdout_new(const ConfigOutput *config, BufferPool *pool, MailboxGroup *workers,
                      Output **ret) {
        static const OutputVtable vtable = {
                .queued = true,
                .write = output_stdout_write,
                .free = output_stdout_free,
        };
        Output *o = calloc(1, sizeof(*o));
        int r;

        r = o ? output_init(o, &vtable, config, pool, workers) : -ENOMEM;
        if (r < 0) {
                free(o);
                (void)buffer_pool_free(pool);
                return r;
        }

        *ret = o;
        return 0;
}
