/* SPDX-License-Identifier: MIT */
/* vsock(7): between a virtual machine and its host. */

#include "config/config.h"
#include "core/macro.h"
#include "core/transport.h"
#include "daemon/net/socket_kind.h"
#include <errno.h>

static int open_vsock(const SocketWish *w, Endpoint *at) {
        _cleanup_close_ int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        int r;

        if (fd < 0)
                return -errno;

        r = socket_base_bind(fd, at);
        if (r >= 0 && w->port == SOCKET_PORT_OWN)
                r = socket_base_start(fd, at->protocol);
        if (r >= 0)
                r = endpoint_of_socket(fd, at);
        return r < 0 ? r : TAKE_FD(fd);
}

static const char *hint(int error) {
        switch (-error) {
        case EAFNOSUPPORT:
                return "; the kernel has no vsock, or the drop-in vsock.conf is missing, see "
                       "\"cid\" in sockd.conf(5)";
        case EACCES:
                return "; a port below 1024 needs the drop-in privileged-ports.conf, see "
                       "\"port\" in sockd.conf(5)";
        case EADDRNOTAVAIL:
                return "; this machine has another CID, or none";
        default:
                return "";
        }
}

/* Its buffers are those of the transport, and no network is in between: nothing to configure. */
const SocketKind socket_vsock = { .open = open_vsock, .hint = hint };
