/* SPDX-License-Identifier: MIT */
/* An eventfd(2), non-blocking on both sides. */

#include "daemon/loop/doorbell.h"

#include "core/macro.h"
#include <errno.h>
#include <sys/eventfd.h>

int doorbell_init(Doorbell *d) {
        d->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (d->fd < 0) {
                int r = -errno;

                *d = DOORBELL_NONE;
                return r;
        }
        return 0;
}

void doorbell_done(Doorbell *d) {
        closep(&d->fd);
        *d = DOORBELL_NONE;
}

void doorbell_ring(Doorbell *d) {
        (void)eventfd_write(d->fd, 1); /* fails only at 2^64 - 2 rings without an answer */
}

uint64_t doorbell_answer(Doorbell *d) {
        eventfd_t n = 0;

        (void)eventfd_read(d->fd, &n); /* EAGAIN: it was not rung */
        return n;
}
