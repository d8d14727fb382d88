/* SPDX-License-Identifier: MIT */
/* Which way of connecting a destination asks for, and what to say when that fails. */

#include "ctl/connection.h"

#include "core/transport.h"
#include "ctl/connection_inet.h"
#include "ctl/connection_raw.h"
#include "ctl/connection_tls.h"
#include "ctl/connection_unix.h"
#include "ctl/connection_vsock.h"
#include "ctl/print.h"
#include <errno.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* A row for each kind of place. */
typedef struct Way {
        int (*open)(Connection *c); /* sets c->fd and returns 0; or negative errno */
        /* The same with the next address; ERROR: why the one before was of no use. */
        int (*open_next)(Connection *c, int error);
        /* What is wrong and what to do, if strerror(3) does not say; or NULL. */
        const char *(*explain)(int error);
} Way;

static int open_no_other(Connection *c _unused_, int error) {
        return -error;
}

static const char *explain_nothing(int error _unused_) {
        return NULL;
}

static const Way *way_of(const Connection *c) {
        static const Way table[] = {
                [TRANSPORT_PORT] = { connection_inet_open, connection_inet_open_next,
                                     explain_nothing },
                [TRANSPORT_HOST] = { connection_inet_open, connection_inet_open_next,
                                     connection_raw_explain },
                [TRANSPORT_PATH] = { connection_unix_open, open_no_other, connection_unix_explain },
                [TRANSPORT_CID] = { connection_vsock_open, open_no_other,
                                    connection_vsock_explain },
        };

        return &table[transport_of(c->destination->protocol)->place];
}

int connection_lost(const Connection *c, int error) {
        const char *why = c->problem ? c->problem : way_of(c)->explain(error);

        print_error("cannot connect to %s: %s", c->destination->text, why ? why : strerror(error));
        return -ENOTCONN;
}

int connection_open(Connection *c, const Destination *d, uint64_t timeout_usec) {
        int r;

        *c = (Connection){ .fd = -EBADF, .destination = d, .timeout_usec = timeout_usec };
        r = way_of(c)->open(c);
        if (r >= 0 && d->tls)
                r = connection_tls_open(c);
        return r < 0 ? connection_lost(c, -r) : 0;
}

int connection_retry(Connection *c, int error) {
        int r;

        closep(&c->fd);
        c->fd = -EBADF;
        r = way_of(c)->open_next(c, error);
        return r < 0 ? connection_lost(c, -r) : 0;
}

int connection_send(Connection *c, const char *data, size_t size) {
        ssize_t n;

        if (c->tls)
                return connection_tls_send(c, data, size);

        n = send(c->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0)
                return errno == EAGAIN || errno == EINTR ? 0 : -errno;
        return (int)n;
}

int connection_receive(Connection *c, char *buf, size_t size) {
        ssize_t n;

        if (c->tls)
                return connection_tls_receive(c, buf, size);

        n = recv(c->fd, buf, size, MSG_DONTWAIT);
        return n < 0 ? -errno : (int)n;
}

bool connection_has_more(const Connection *c) {
        return c->tls && connection_tls_has_more(c->tls);
}

bool connection_has_unsent(const Connection *c) {
        return c->tls && connection_tls_n_unsent(c->tls) > 0;
}

uint64_t connection_in_flight(const Connection *c) {
        size_t n_unsent = c->tls ? connection_tls_n_unsent(c->tls) : 0;
        int n;

        return n_unsent + (ioctl(c->fd, SIOCOUTQ, &n) < 0 || n < 0 ? 0 : (uint64_t)n);
}

bool connection_end(Connection *c) {
        if (c->tls && !connection_tls_end(c))
                return false;

        /* when it fails the connection is gone, and reading tells */
        (void)shutdown(c->fd, SHUT_WR);
        return true;
}

void connection_done(Connection *c) {
        (void)connection_tls_free(c->tls);
        closep(&c->fd);
        if (c->addresses)
                freeaddrinfo(c->addresses);
        *c = (Connection){ .fd = -EBADF };
}
