/* SPDX-License-Identifier: MIT */
/* Standard output. It may be a pipe that nobody reads, so every wait can be interrupted. */

#include "daemon/output_stdout.h"

#include "core/macro.h"
#include "daemon/output_kind.h"
#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>

typedef struct OutputStdout {
        Output base;
        int interrupt_fd; /* eventfd: readable once waiting has to end */
} OutputStdout;

/* Returns 0 when standard output takes more, else negative errno. */
static int wait_for_reader(OutputStdout *o) {
        struct pollfd fds[] = {
                { .fd = STDOUT_FILENO, .events = POLLOUT },
                { .fd = o->interrupt_fd, .events = POLLIN },
        };

        while (poll(fds, ELEMENTSOF(fds), -1) < 0)
                if (errno != EINTR)
                        return -errno;
        return fds[0].revents & POLLOUT ? 0 : fds[1].revents ? -ECANCELED : -EPIPE;
}

/* A pipe that is writable takes PIPE_BUF bytes without blocking, whatever its mode. */
static int output_stdout_write(Output *base, const Segment *s) {
        OutputStdout *o = CONTAINER_OF(base, OutputStdout, base);
        const char *p = s->buffer->data + s->from, *end = s->buffer->data + s->to;
        int r = 0;

        output_enter(base);
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
        output_leave(base);

        (void)output_set_error(base, r, "cannot write to it");
        output_count(base, s->n_records, r);
        return r;
}

static void output_stdout_interrupt(Output *base) {
        OutputStdout *o = CONTAINER_OF(base, OutputStdout, base);

        (void)eventfd_write(o->interrupt_fd, 1); /* cannot overflow */
}

static Output *output_stdout_free(Output *base) {
        OutputStdout *o = CONTAINER_OF(base, OutputStdout, base);

        output_done(base);
        closep(&o->interrupt_fd);
        free(o);
        return NULL;
}

int output_stdout_new(const ConfigOutput *config, BufferPool *pool, MailboxGroup *workers,
                      Output **ret) {
        static const OutputVtable vtable = {
                .queued = true,
                .write = output_stdout_write,
                .interrupt = output_stdout_interrupt,
                .free = output_stdout_free,
        };
        OutputStdout *o = calloc(1, sizeof(*o));
        int r;

        r = o ? output_init(&o->base, &vtable, config, pool, workers) : -ENOMEM;
        if (r < 0) {
                free(o);
                (void)buffer_pool_free(pool);
                return r;
        }

        o->interrupt_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (o->interrupt_fd < 0) {
                r = -errno;
                (void)output_stdout_free(&o->base);
                return r;
        }

        *ret = &o->base;
        return 0;
}
