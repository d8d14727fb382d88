/* SPDX-License-Identifier: MIT */
/* Resolving and connecting, with a deadline. */

#include "ctl/connection_inet.h"

#include "core/clock.h"
#include "core/transport.h"
#include "ctl/connection_raw.h"
#include "ctl/connection_wait.h"
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>

#define PORT_TEXT_MAX 11

static int resolve(Connection *c) {
        const Destination *d = c->destination;
        const bool has_port = transport_has_ports(d->protocol);
        struct addrinfo hints = {
                .ai_family = d->family,
                .ai_socktype = transport_of(d->protocol)->type,
                .ai_flags = AI_NUMERICSERV,
        };
        char port[PORT_TEXT_MAX];
        int r;

        (void)snprintf(port, sizeof(port), "%u", d->port);
        r = getaddrinfo(d->host, has_port ? port : NULL, &hints, &c->addresses);
        if (r != 0) {
                c->addresses = NULL;
                if (r == EAI_SYSTEM)
                        return -errno;
                c->problem = gai_strerror(r);
                return -EHOSTUNREACH;
        }
        c->next = c->addresses;
        return 0;
}

static int prepare(int fd, Protocol p) {
        int on = 1;

        if (transport_has_packets(p))
                return connection_raw_prepare(fd);
        if (transport_has_connections(p))
                /* may fail: messages are batched here, so the kernel need not delay any */
                (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        return 0;
}

static int connect_address(Connection *c, const struct addrinfo *a, uint64_t deadline_usec) {
        const Destination *d = c->destination;
        _cleanup_close_ int fd = -EBADF;
        int r;

        fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                    (int)d->ip_protocol);
        if (fd < 0 && errno == EPERM && transport_has_packets(d->protocol))
                c->problem = CONNECTION_RAW_NO_RIGHT;
        if (fd < 0)
                return -errno;

        r = prepare(fd, d->protocol);
        if (r < 0)
                return r;
        r = connection_wait(fd, a->ai_addr, a->ai_addrlen, deadline_usec);
        return r < 0 ? r : TAKE_FD(fd);
}

/* The deadline for A: the remaining time is divided, so that a silent address leaves some. */
static uint64_t share(const struct addrinfo *a, uint64_t deadline_usec) {
        uint64_t n = 0, now = clock_monotonic();

        for (; a; a = a->ai_next)
                n++;
        return now >= deadline_usec ? now : now + (deadline_usec - now) / n;
}

int connection_inet_open_next(Connection *c, int error) {
        uint64_t deadline = clock_monotonic() + c->timeout_usec;

        while (c->next) {
                int fd = connect_address(c, c->next, share(c->next, deadline));

                c->next = c->next->ai_next;
                if (fd >= 0) {
                        c->fd = fd;
                        return 0;
                }
                error = -fd;
        }
        return -error;
}

int connection_inet_open(Connection *c) {
        int r = resolve(c);

        return r < 0 ? r : connection_inet_open_next(c, EHOSTUNREACH);
}
