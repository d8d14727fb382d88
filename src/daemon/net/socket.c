/* SPDX-License-Identifier: MIT */
/* socket(7), tcp(7), udp(7). */

#include "daemon/net/socket.h"

#include "core/macro.h"
#include "daemon/base/log.h"
#include <errno.h>
#include <limits.h>
#include <linux/socket.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

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

static int set_option(int fd, int level, int option, int value) {
        return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

void socket_set_port(int fd, SocketPort port) {
        /* On failure bind(2) fails too, which is reported. */
        (void)set_option(fd, SOL_SOCKET, SO_REUSEPORT, port == SOCKET_PORT_SHARED);
}

static int bind_now(int fd, const Address *local) {
        struct sockaddr_storage sa;
        socklen_t size = address_to_sockaddr(local, &sa);

        return bind(fd, (struct sockaddr *)&sa, size) < 0 ? -errno : 0;
}

/* An address may come later: from DHCP, or with a tunnel. */
static int bind_early(int fd, const Address *local) {
        int r = local->family == AF_INET6 ? set_option(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1)
                                          : set_option(fd, IPPROTO_IP, IP_FREEBIND, 1);

        return r < 0 ? r : bind_now(fd, local);
}

bool socket_is_early(int fd, const Address *local) {
        socklen_t size = sizeof(int);
        int value = 0;

        if (local->family == AF_INET6)
                (void)getsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &value, &size); /* else 0 */
        else
                (void)getsockopt(fd, IPPROTO_IP, IP_FREEBIND, &value, &size);
        return value != 0;
}

bool socket_address_exists(const Address *local) {
        _cleanup_close_ int fd = socket(local->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        Address probe = *local;

        probe.port = 0;
        return fd >= 0 && bind_now(fd, &probe) >= 0;
}

uint32_t socket_device(int fd) {
        socklen_t size = sizeof(uint32_t);
        uint32_t index = 0;

        (void)getsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &index, &size); /* else 0 */
        return index;
}

/* Else a socket for all addresses gets what any other socket of the host has joined. */
static void refuse_strange_groups(int fd) {
        /* Each fails for the other family, and IPv6 before Linux 4.20. */
        (void)set_option(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0);
        (void)set_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0);
}

int socket_start(int fd, Protocol protocol) {
        if (protocol == PROTOCOL_TCP && listen(fd, SOCKET_BACKLOG) < 0)
                return -errno;

        socket_set_port(fd, SOCKET_PORT_OWN);
        return 0;
}

int socket_open(Protocol protocol, SocketPort port, uint32_t device, Address *local) {
        const int type = protocol == PROTOCOL_TCP ? SOCK_STREAM : SOCK_DGRAM;
        _cleanup_close_ int fd = socket(local->family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        int r;

        if (fd < 0)
                return -errno;

        /* One socket per family. */
        if (local->family == AF_INET6) {
                r = set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
                if (r < 0)
                        return r;
        }
        /* Not for UDP: there it would let two daemons share the port. */
        if (protocol == PROTOCOL_TCP) {
                r = set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
                if (r < 0)
                        return r;
        } else
                refuse_strange_groups(fd);
        if (device > 0) {
                r = set_option(fd, SOL_SOCKET, SO_BINDTOIFINDEX, (int)device);
                if (r < 0)
                        return r;
        }
        if (port == SOCKET_PORT_SHARED)
                socket_set_port(fd, port);

        r = bind_now(fd, local);
        if (r == -EADDRNOTAVAIL)
                r = bind_early(fd, local);
        if (r < 0)
                return r;
        if (port == SOCKET_PORT_OWN)
                r = socket_start(fd, protocol);
        if (r >= 0)
                r = address_of_socket(fd, local);
        return r < 0 ? r : TAKE_FD(fd);
}

/* Bound to an interface that does not exist, of which the kernel takes any number. */
void socket_end_handshakes(int fd) {
        /* On failure, what comes before the socket is closed is reset. */
        (void)set_option(fd, SOL_SOCKET, SO_BINDTOIFINDEX, INT_MAX);
}

/* Connected to itself, which sends nothing: the kernel gives it nothing from anywhere else. */
void socket_end_datagrams(int fd, const Address *local) {
        struct sockaddr_storage sa;

        /* On failure, it gets datagrams until it is closed. */
        if (!address_is_any(local))
                (void)connect(fd, (struct sockaddr *)&sa, address_to_sockaddr(local, &sa));
}

/* The kernel reports twice the usable size. INT_MAX: unknown. */
static int granted_buffer(int fd) {
        socklen_t size = sizeof(int);
        int granted;

        return getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &granted, &size) < 0 ? INT_MAX : granted / 2;
}

/* The kernel clamps unprivileged requests: a large inherited buffer must be left alone. */
static void set_receive_buffer(int fd, const ConfigListener *config) {
        const int wanted = (int)config->receive_buffer;
        int granted = granted_buffer(fd);

        if (wanted == 0 || granted == wanted || (granted > wanted && !config->receive_buffer_set))
                return;
        if (set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, wanted) < 0)
                (void)set_option(fd, SOL_SOCKET, SO_RCVBUF, wanted); /* the result is read next */

        granted = granted_buffer(fd);
        if (granted < wanted)
                (void)log_event(
                        EVENT_CONFIG_WARNING, NULL,
                        config->receive_buffer_set ? LOG_WARNING : LOG_INFO, 0,
                        "listener %s: receive buffer is %d bytes, not %d; raise net.core.rmem_max",
                        config->name, granted, wanted);
}

/* Accepted connections inherit these options, none of which is essential. */
void socket_configure(int fd, const ConfigListener *config) {
        set_receive_buffer(fd, config);
        if (config->protocol != PROTOCOL_TCP) {
                refuse_strange_groups(fd);
                return;
        }

        (void)set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
        /* Urgent data is data: without this, a byte of it would be missing from its message. */
        (void)set_option(fd, SOL_SOCKET, SO_OOBINLINE, 1);
        (void)set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_SEC);
        (void)set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_SEC);
        (void)set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES);
        /* The receipts of a run are sent in one piece: gathering more would only delay them. */
        (void)set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
        (void)set_option(fd, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER);
        (void)set_option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, SEND_WAITING_MAX);
}

void socket_keep_receive_buffer(int fd) {
        (void)set_option(fd, SOL_SOCKET, SO_BUF_LOCK, SOCK_SNDBUF_LOCK | SOCK_RCVBUF_LOCK);
}

void socket_let_receive_buffer_grow(int fd) {
        (void)set_option(fd, SOL_SOCKET, SO_BUF_LOCK, SOCK_SNDBUF_LOCK);
}

void socket_reset_on_close(int fd) {
        const struct linger reset = { .l_onoff = 1 };

        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)); /* else less thorough */
}
