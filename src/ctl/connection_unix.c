/* SPDX-License-Identifier: MIT */
/* A full queue of connections fails connect(2) at once, unless that may block. */

#include "ctl/connection_unix.h"

#include "core/transport.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

_Static_assert(CONNECTION_UNIX_PATH_MAX == sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1,
               "a path ends in NUL");

static socklen_t get_address(const char *path, struct sockaddr_un *ret) {
        const size_t n = strlen(path);
        const bool is_abstract = path[0] == '@';

        assert(n <= CONNECTION_UNIX_PATH_MAX); /* was checked, by us or by config_load() */
        *ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
        memcpy(ret->sun_path, path, n);
        if (is_abstract)
                ret->sun_path[0] = '\0';
        return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + !is_abstract);
}

static int set_timeout(int fd, uint64_t usec) {
        struct timeval t = {
                .tv_sec = (time_t)(usec / USEC_PER_SEC),
                .tv_usec = (suseconds_t)(usec % USEC_PER_SEC),
        };

        return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t)) < 0 ? -errno : 0;
}

/* A name of its own, which the kernel chooses: nobody can answer a datagram socket without one. */
static int bind_any(int fd) {
        const struct sockaddr_un any = { .sun_family = AF_UNIX };

        return bind(fd, (const struct sockaddr *)&any, sizeof(any.sun_family)) < 0 ? -errno : 0;
}

int connection_unix_open(Connection *c) {
        const Destination *d = c->destination;
        _cleanup_close_ int fd = -EBADF;
        struct sockaddr_un un;
        socklen_t size = get_address(d->path, &un);
        int r;

        fd = socket(AF_UNIX, transport_of(d->protocol)->type | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;

        r = set_timeout(fd, c->timeout_usec);
        if (r >= 0 && d->wants_receipts && !transport_has_connections(d->protocol))
                r = bind_any(fd);
        if (r < 0)
                return r;
        if (connect(fd, (const struct sockaddr *)&un, size) < 0)
                return errno == EAGAIN ? -ETIMEDOUT : -errno;
        if (fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
                return -errno;

        c->fd = TAKE_FD(fd);
        return 0;
}

const char *connection_unix_explain(int error) {
        switch (error) {
        case ENOENT:
                return "no such socket: is sockd running, and does it have a listener there?";
        case ECONNREFUSED:
                return "nobody listens there: is sockd running, and does it have a listener there?";
        case EACCES:
                return "permission denied: see the \"mode\" of the listener, and that of its "
                       "directory";
        case EPROTOTYPE:
                return "this socket is of another type: choose --datagram, --seqpacket or neither";
        default:
                return NULL;
        }
}

int connection_unix_make_room(int fd, size_t size) {
        const int n = (int)MIN(size, (size_t)INT_MAX / 2);

        /* the first one needs CAP_NET_ADMIN, the second one is limited by net.core.wmem_max */
        if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &n, sizeof(n)) >= 0)
                return 0;
        return setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &n, sizeof(n)) < 0 ? -errno : 0;
}
