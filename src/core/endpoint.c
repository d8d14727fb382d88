/* SPDX-License-Identifier: MIT */
/* socket(7), unix(7), raw(7), vsock(7). */

#include "core/endpoint.h"

#include "core/escape.h"
#include "core/macro.h"
#include "core/transport.h"
#include <errno.h>
#include <stddef.h>
#include <string.h>

static int get_option(int fd, int name, int *ret) {
        socklen_t size = sizeof(*ret);

        return getsockopt(fd, SOL_SOCKET, name, ret, &size) < 0 ? -errno : 0;
}

void endpoint_set_path(Endpoint *e, const char *path) {
        e->path_size = (uint8_t)strlen(path);
        memcpy(e->path, path, e->path_size + 1U);
}

/* SIZE: of the address, as the kernel tells it; an unbound socket has no path. */
static void take_path(Endpoint *e, const struct sockaddr_storage *sa, socklen_t size) {
        const size_t head = offsetof(struct sockaddr_un, sun_path);
        struct sockaddr_un un;
        size_t n = size > head ? MIN(size, (socklen_t)sizeof(un)) - head : 0;

        memcpy(&un, sa, sizeof(un));
        if (n > 0 && un.sun_path[0] == '\0')
                un.sun_path[0] = '@';
        else
                n = strnlen(un.sun_path, n);
        memcpy(e->path, un.sun_path, n);
        e->path[n] = '\0';
        e->path_size = (uint8_t)n;
}

int endpoint_of_socket(int fd, Endpoint *ret) {
        struct sockaddr_storage sa = { 0 };
        socklen_t size = sizeof(sa);
        int domain, type, ip_protocol, r;
        Endpoint e = { 0 };

        r = get_option(fd, SO_DOMAIN, &domain);
        if (r >= 0)
                r = get_option(fd, SO_TYPE, &type);
        if (r >= 0)
                r = get_option(fd, SO_PROTOCOL, &ip_protocol);
        if (r < 0)
                return r;
        if (!transport_find(domain, type, ip_protocol, &e.protocol))
                return -EPROTONOSUPPORT;
        if (getsockname(fd, (struct sockaddr *)&sa, &size) < 0)
                return -errno;

        r = address_from_sockaddr((const struct sockaddr *)&sa, &e.address);
        if (r < 0)
                return r;
        if (transport_has_path(e.protocol))
                take_path(&e, &sa, size);
        if (transport_has_packets(e.protocol)) {
                e.ip_protocol = (uint8_t)ip_protocol;
                e.address.port = 0; /* the kernel tells the protocol here */
        }
        *ret = e;
        return 0;
}

socklen_t endpoint_to_sockaddr(const Endpoint *e, struct sockaddr_storage *ret) {
        struct sockaddr_un un = { .sun_family = AF_UNIX };

        if (!transport_has_path(e->protocol))
                return address_to_sockaddr(&e->address, ret);

        memcpy(un.sun_path, e->path, MIN((size_t)e->path_size, sizeof(un.sun_path)));
        if (un.sun_path[0] == '@')
                un.sun_path[0] = '\0';
        *ret = (struct sockaddr_storage){ 0 };
        memcpy(ret, &un, sizeof(un));
        return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + e->path_size);
}

void endpoint_format(const Endpoint *e, char buf[static ENDPOINT_TEXT_MAX]) {
        if (transport_has_path(e->protocol))
                buf[escape_text(buf, e->path, e->path_size)] = '\0';
        else if (transport_has_ports(e->protocol))
                (void)address_format(&e->address, buf);
        else
                (void)address_format_host(&e->address, buf);
}

bool endpoint_is_at(const Endpoint *e, const Endpoint *other) {
        if (transport_has_path(e->protocol))
                return e->path_size == other->path_size &&
                       memcmp(e->path, other->path, e->path_size) == 0;
        return address_equal(&e->address, &other->address) && e->ip_protocol == other->ip_protocol;
}
