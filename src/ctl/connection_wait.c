/* SPDX-License-Identifier: MIT */
/* connect(2) and, if that goes on, poll(2). */

#include "ctl/connection_wait.h"

#include "core/clock.h"
#include <errno.h>
#include <poll.h>

/* connect() is under way. */
static int wait_connected(int fd, uint64_t deadline_usec) {
        struct pollfd p = { .fd = fd, .events = POLLOUT };
        socklen_t size = sizeof(int);
        int n, error;

        do
                n = poll(&p, 1, clock_timeout_msec(deadline_usec, clock_monotonic()));
        while (n < 0 && errno == EINTR);
        if (n < 0)
                return -errno;
        if (n == 0)
                return -ETIMEDOUT;
        if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
                return -errno;
        return -error;
}

int connection_wait(int fd, const struct sockaddr *sa, socklen_t size, uint64_t deadline_usec) {
        if (connect(fd, sa, size) >= 0)
                return 0;

        return errno == EINPROGRESS ? wait_connected(fd, deadline_usec) : -errno;
}
