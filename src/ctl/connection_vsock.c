/* SPDX-License-Identifier: MIT */
/* The kernel's errors are those of TCP, but not for the same reasons. */

#include "ctl/connection_vsock.h"

#include "core/address.h"
#include "core/clock.h"
#include "core/transport.h"
#include "ctl/connection_wait.h"
#include <errno.h>
#include <sys/socket.h>

int connection_vsock_open(Connection *c) {
        const Destination *d = c->destination;
        const Address a = {
                .family = AF_VSOCK,
                .machine = { .cid = d->cid, .port = d->port },
        };
        _cleanup_close_ int fd = -EBADF;
        struct sockaddr_storage sa;
        socklen_t size = address_to_sockaddr(&a, &sa);
        int r;

        fd = socket(AF_VSOCK, transport_of(d->protocol)->type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;

        r = connection_wait(fd, (const struct sockaddr *)&sa, size,
                            clock_monotonic() + c->timeout_usec);
        if (r < 0)
                return r;

        c->fd = TAKE_FD(fd);
        return 0;
}

const char *connection_vsock_explain(int error) {
        switch (error) {
        case EAFNOSUPPORT:
                return "the kernel has no vsock: load its module (modprobe vsock)";
        case ENODEV:
        case ENETUNREACH:
                return "no way to this CID: is it a running machine, or for CID 1 the module "
                       "vsock_loopback loaded?";
        case ECONNRESET:
        case ECONNREFUSED:
                return "nobody listens there: is sockd running, and does it have a listener there?";
        default:
                return NULL;
        }
}
