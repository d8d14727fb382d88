/* SPDX-License-Identifier: MIT */
/* socket(7). */

#include "daemon/net/socket_base.h"

#include "core/transport.h"
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

int socket_base_set(int fd, int level, int option, int value) {
        return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

int socket_base_bind(int fd, const Endpoint *at) {
        struct sockaddr_storage sa;
        socklen_t size = endpoint_to_sockaddr(at, &sa);

        return bind(fd, (struct sockaddr *)&sa, size) < 0 ? -errno : 0;
}

/* An address may come later: from DHCP, or with a tunnel. */
int socket_base_bind_early(int fd, const Endpoint *at) {
        int r = socket_base_bind(fd, at);

        if (r != -EADDRNOTAVAIL)
                return r;

        r = at->address.family == AF_INET6 ? socket_base_set(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1)
                                           : socket_base_set(fd, IPPROTO_IP, IP_FREEBIND, 1);
        return r < 0 ? r : socket_base_bind(fd, at);
}

int socket_base_set_device(int fd, uint32_t device) {
        return device > 0 ? socket_base_set(fd, SOL_SOCKET, SO_BINDTOIFINDEX, (int)device) : 0;
}

void socket_base_set_port(int fd, SocketPort port) {
        /* On failure bind(2) fails too, which is reported. */
        (void)socket_base_set(fd, SOL_SOCKET, SO_REUSEPORT, port == SOCKET_PORT_SHARED);
}

int socket_base_start(int fd, Protocol protocol) {
        if (transport_has_connections(protocol) && listen(fd, SOCKET_BACKLOG) < 0)
                return -errno;

        if (transport_has_ports(protocol))
                socket_base_set_port(fd, SOCKET_PORT_OWN);
        return 0;
}

/* Connected to itself, which sends nothing: the kernel gives it nothing from anywhere else. */
void socket_base_end_datagrams(int fd, const Endpoint *at) {
        struct sockaddr_storage sa;

        /* On failure, it gets datagrams until it is closed. */
        if (!transport_has_connections(at->protocol) && !address_is_any(&at->address))
                (void)connect(fd, (struct sockaddr *)&sa, endpoint_to_sockaddr(at, &sa));
}
