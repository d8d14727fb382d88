/* SPDX-License-Identifier: MIT */
/* Resolving and connecting, with a deadline. */

#include "ctl/connection.h"

#include "core/clock.h"
#include "ctl/print.h"
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>

#define PORT_TEXT_MAX 6

static int fail(const Connection *c, const char *why) {
        print_error("cannot connect to %s: %s", c->destination->text, why);
        return -ENOTCONN;
}

static int resolve(Connection *c) {
        const Destination *d = c->destination;
        struct addrinfo hints = {
                .ai_family = d->family,
                .ai_socktype = d->protocol == PROTOCOL_UDP ? SOCK_DGRAM : SOCK_STREAM,
                .ai_flags = AI_NUMERICSERV,
        };
        char port[PORT_TEXT_MAX];
        int r;

        (void)snprintf(port, sizeof(port), "%u", d->port);
        r = getaddrinfo(d->host, port, &hints, &c->addresses);
        if (r != 0) {
                c->addresses = NULL;
                return fail(c, r == EAI_SYSTEM ? strerror(errno) : gai_strerror(r));
        }
        c->next = c->addresses;
        return 0;
}

/* A non-blocking connect() is under way: returns 0 when it succeeded. */
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

static int connect_address(const struct addrinfo *a, uint64_t deadline_usec) {
        _cleanup_close_ int fd = -EBADF;
        int r, on = 1;

        fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);
        if (fd < 0)
                return -errno;

        if (a->ai_socktype == SOCK_STREAM)
                /* may fail: messages are batched here, so the kernel need not delay any */
                (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        if (connect(fd, a->ai_addr, a->ai_addrlen) < 0) {
                if (errno != EINPROGRESS)
                        return -errno;

                r = wait_connected(fd, deadline_usec);
                if (r < 0)
                        return r;
        }
        return TAKE_FD(fd);
}

/* The deadline for A: the remaining time is divided, so that a silent address leaves some. */
static uint64_t share(const struct addrinfo *a, uint64_t deadline_usec) {
        uint64_t n = 0, now = clock_monotonic();

        for (; a; a = a->ai_next)
                n++;
        return now >= deadline_usec ? now : now + (deadline_usec - now) / n;
}

/* ERROR: why the address before failed, a positive errno. */
static int try_addresses(Connection *c, int error) {
        uint64_t deadline = clock_monotonic() + c->timeout_usec;

        while (c->next) {
                int fd = connect_address(c->next, share(c->next, deadline));

                c->next = c->next->ai_next;
                if (fd >= 0) {
                        c->fd = fd;
                        return 0;
                }
                error = -fd;
        }
        return fail(c, strerror(error));
}

int connection_open(Connection *c, const Destination *d, uint64_t timeout_usec) {
        int r;

        *c = (Connection){ .fd = -EBADF, .destination = d, .timeout_usec = timeout_usec };
        r = resolve(c);
        if (r < 0)
                return r;

        return try_addresses(c, EHOSTUNREACH);
}

int connection_lost(const Connection *c, int error) {
        return fail(c, strerror(error));
}

int connection_retry(Connection *c, int error) {
        closep(&c->fd);
        c->fd = -EBADF;
        return try_addresses(c, error);
}

void connection_done(Connection *c) {
        closep(&c->fd);
        if (c->addresses)
                freeaddrinfo(c->addresses);
        *c = (Connection){ .fd = -EBADF };
}
