/* SPDX-License-Identifier: MIT */
/* tcp(7), udp(7). */

#include "config/config.h"
#include "core/macro.h"
#include "core/transport.h"
#include "daemon/base/log.h"
#include "daemon/net/socket_kind.h"
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <netinet/tcp.h>
#include <string.h>

/* A vanished peer is detected after two minutes. */
#define KEEPALIVE_IDLE_SEC 60
#define KEEPALIVE_INTERVAL_SEC 15
#define KEEPALIVE_PROBES 4
/*
 * What a peer can have the kernel keep for it. Receipts under way are bounded by the send buffer (the
 * kernel reserves twice that), those that it has no room for by the other: so many wait in the kernel,
 * the rest with us, as numbers.
 */
#define SEND_BUFFER (128 * 1024)
#define SEND_WAITING_MAX (16 * 1024)

/* Else a socket for all addresses gets what any other socket of the host has joined. */
static void refuse_strange_groups(int fd) {
        /* Each fails for the other family, and IPv6 before Linux 4.20. */
        (void)socket_base_set(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0);
        (void)socket_base_set(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0);
}

static int open_ip(const SocketWish *w, Endpoint *at) {
        const bool has_connections = transport_has_connections(at->protocol);
        _cleanup_close_ int fd = socket(
                at->address.family, transport_of(at->protocol)->type | SOCK_CLOEXEC | SOCK_NONBLOCK,
                0);
        int r = 0;

        if (fd < 0)
                return -errno;

        /* One socket per family. */
        if (at->address.family == AF_INET6)
                r = socket_base_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
        /* Not for UDP: there it would let two daemons share the port. */
        if (r >= 0 && has_connections)
                r = socket_base_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
        if (!has_connections)
                refuse_strange_groups(fd);
        if (r >= 0)
                r = socket_base_set_device(fd, w->device);
        if (r < 0)
                return r;
        if (w->port == SOCKET_PORT_SHARED)
                socket_base_set_port(fd, w->port);

        r = socket_base_bind_early(fd, at);
        if (r >= 0 && w->port == SOCKET_PORT_OWN)
                r = socket_base_start(fd, at->protocol);
        if (r >= 0)
                r = endpoint_of_socket(fd, at);
        return r < 0 ? r : TAKE_FD(fd);
}

/* Accepted connections inherit these options, none of which is essential. */
static void configure(int fd, const ConfigListener *config) {
        if (!transport_has_connections(config->protocol)) {
                refuse_strange_groups(fd);
                return;
        }

        (void)socket_base_set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
        /* Urgent data is data: without this, a byte of it would be missing from its message. */
        (void)socket_base_set(fd, SOL_SOCKET, SO_OOBINLINE, 1);
        (void)socket_base_set(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_SEC);
        (void)socket_base_set(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_SEC);
        (void)socket_base_set(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES);
        /* The receipts of a run are sent in one piece: gathering more would only delay them. */
        (void)socket_base_set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
        (void)socket_base_set(fd, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER);
        (void)socket_base_set(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, SEND_WAITING_MAX);
}

/* bind(2) says EACCES for a port that is reserved for CAP_NET_BIND_SERVICE, and for nothing else. */
static const char *hint(int error) {
        return error == -EACCES
                       ? "; a port below 1024 needs the drop-in privileged-ports.conf, see "
                         "\"port\" in sockd.conf(5)"
                       : "";
}

/*
 * FNV-1a of the groups, which the kernel does not tell: enough to tell the lists of one file apart.
 */
static void mark(const ConfigStrings *groups, const Endpoint *at _unused_,
                 char ret[static SOCKET_MARK_MAX]) {
        uint32_t hash = 2166136261u;

        for (size_t i = 0; i < groups->n; i++)
                for (const char *p = groups->items[i];; p++) {
                        hash = (hash ^ (unsigned char)*p) * 16777619u;
                        if (!*p)
                                break;
                }
        ret[0] = '\0';
        if (groups->n > 0)
                (void)snprintf(ret, SOCKET_MARK_MAX, "/%08" PRIx32, hash);
}

const SocketKind socket_ip = {
        .open = open_ip,
        .configure = configure,
        .hint = hint,
        .mark = mark,
        .end_input = socket_base_end_datagrams,
};
