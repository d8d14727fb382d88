/* SPDX-License-Identifier: MIT */
/* Where a socket of a listener is bound. A plain value. */
#pragma once

#include "core/address.h"
#include "core/protocol.h"
#include <sys/un.h>

/* "@" and an abstract name of any length, or a path, and a NUL. */
#define ENDPOINT_PATH_MAX (sizeof(((struct sockaddr_un *)NULL)->sun_path) + 1)
/* An address with a port, or any byte of a path as \xHH, and a NUL. */
#define ENDPOINT_TEXT_MAX (4 * ENDPOINT_PATH_MAX)

typedef struct Endpoint {
        Protocol protocol;
        Address address;              /* AF_UNIX: of nobody */
        uint8_t ip_protocol;          /* of a raw socket; else 0 */
        uint8_t path_size;            /* of a Unix socket; else 0 */
        char path[ENDPOINT_PATH_MAX]; /* "@" stands for the NUL before an abstract name */
} Endpoint;

/* PATH is short enough. */
void endpoint_set_path(Endpoint *e, const char *path);

/*
 * Of a socket that is bound. Returns 0, -EPROTONOSUPPORT if no protocol has such sockets, or another
 * negative errno: that of getsockname(2), getsockopt(2).
 */
int endpoint_of_socket(int fd, Endpoint *ret);
socklen_t endpoint_to_sockaddr(const Endpoint *e, struct sockaddr_storage *ret);

/*
 * With a terminating NUL: "127.0.0.1:9191", "127.0.0.1" of a raw socket, "/run/sockd/log", "@name",
 * "vsock:2:9191".
 */
void endpoint_format(const Endpoint *e, char buf[static ENDPOINT_TEXT_MAX]);

/* Bound to the same address or path; ports count, protocols do not. */
bool endpoint_is_at(const Endpoint *e, const Endpoint *other);
