/* SPDX-License-Identifier: MIT */
/* socket(7): what all kinds share, and the table of them. */

#include "daemon/net/socket.h"

#include "config/config.h"
#include "core/macro.h"
#include "core/transport.h"
#include "daemon/base/log.h"
#include "daemon/net/socket_kind.h"
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <linux/socket.h>
#include <sys/socket.h>

static const SocketKind *kind_of(Protocol p) {
        static const SocketKind *const table[] = {
                [TRANSPORT_PORT] = &socket_ip,
                [TRANSPORT_HOST] = &socket_raw,
                [TRANSPORT_PATH] = &socket_unix,
                [TRANSPORT_CID] = &socket_vsock,
        };

        return table[transport_of(p)->place];
}

int socket_open(const SocketWish *w, Endpoint *at) {
        return kind_of(at->protocol)->open(w, at);
}

const char *socket_hint(Protocol protocol, int error) {
        return kind_of(protocol)->hint(error);
}

void socket_mark(const ConfigStrings *groups, const Endpoint *at,
                 char ret[static SOCKET_MARK_MAX]) {
        ret[0] = '\0';
        if (kind_of(at->protocol)->mark)
                kind_of(at->protocol)->mark(groups, at, ret);
}

void socket_end_input(int fd, const Endpoint *at) {
        if (kind_of(at->protocol)->end_input)
                kind_of(at->protocol)->end_input(fd, at);
}

void socket_set_up_connection(int fd, Protocol protocol) {
        if (kind_of(protocol)->set_up)
                kind_of(protocol)->set_up(fd);
}

int socket_peer(int fd, Protocol protocol, const struct sockaddr_storage *name, Address *ret) {
        if (kind_of(protocol)->peer)
                return kind_of(protocol)->peer(fd, ret);
        return address_from_sockaddr((const struct sockaddr *)name, ret);
}

/* What an output could not show as it is becomes "?". */
void socket_peer_security(int fd, char ret[static SOCKET_SECURITY_MAX]) {
        socklen_t size = SOCKET_SECURITY_MAX - 1;

        if (getsockopt(fd, SOL_SOCKET, SO_PEERSEC, ret, &size) < 0)
                size = 0; /* no security module, or a longer context */
        ret[size] = '\0';
        for (char *p = ret; *p; p++)
                if (!isgraph((unsigned char)*p) || strchr("\"\\", *p))
                        *p = '?';
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
        struct sockaddr_storage sa;
        Address probe = *local;

        probe.port = 0;
        return fd >= 0 && bind(fd, (struct sockaddr *)&sa, address_to_sockaddr(&probe, &sa)) >= 0;
}

uint32_t socket_device(int fd) {
        socklen_t size = sizeof(uint32_t);
        uint32_t index = 0;

        (void)getsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &index, &size); /* else 0 */
        return index;
}

/* Bound to an interface that does not exist, of which the kernel takes any number. */
void socket_end_handshakes(int fd) {
        /* On failure, what comes before the socket is closed is reset. */
        (void)socket_base_set(fd, SOL_SOCKET, SO_BINDTOIFINDEX, INT_MAX);
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
        if (socket_base_set(fd, SOL_SOCKET, SO_RCVBUFFORCE, wanted) < 0)
                (void)socket_base_set(fd, SOL_SOCKET, SO_RCVBUF,
                                      wanted); /* the result is read next */

        granted = granted_buffer(fd);
        if (granted < wanted)
                (void)log_event(
                        EVENT_CONFIG_WARNING, NULL,
                        config->receive_buffer_set ? LOG_WARNING : LOG_INFO, 0,
                        "listener %s: receive buffer is %d bytes, not %d; raise net.core.rmem_max",
                        config->name, granted, wanted);
}

void socket_configure(int fd, const ConfigListener *config) {
        set_receive_buffer(fd, config);
        if (kind_of(config->protocol)->configure)
                kind_of(config->protocol)->configure(fd, config);
}

void socket_keep_receive_buffer(int fd) {
        (void)socket_base_set(fd, SOL_SOCKET, SO_BUF_LOCK, SOCK_SNDBUF_LOCK | SOCK_RCVBUF_LOCK);
}

void socket_let_receive_buffer_grow(int fd) {
        (void)socket_base_set(fd, SOL_SOCKET, SO_BUF_LOCK, SOCK_SNDBUF_LOCK);
}

void socket_reset_on_close(int fd) {
        const struct linger reset = { .l_onoff = 1 };

        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)); /* else less thorough */
}
