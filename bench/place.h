/* SPDX-License-Identifier: MIT */
/*
 * Where messages are sent to: an IPv4 address and a port, an address and an IP protocol (of raw
 * packets), or the path of a Unix socket.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

typedef struct Place {
        union {
                struct sockaddr any;
                struct sockaddr_in in;
                struct sockaddr_un un;
        } address;
        socklen_t size;
        int ip_protocol; /* 0: not raw */
} Place;

/* Port 0, on the loopback address. */
static inline Place place_loopback(void) {
        Place p = { .size = sizeof(p.address.in) };

        p.address.in.sin_family = AF_INET;
        p.address.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return p;
}

/* False: PATH does not begin with "/", or is too long. */
static inline bool place_set_path(Place *p, const char *path) {
        if (path[0] != '/' || strlen(path) >= sizeof(p->address.un.sun_path))
                return false;
        *p = (Place){ .size = sizeof(p->address.un) };
        p->address.un.sun_family = AF_UNIX;
        strcpy(p->address.un.sun_path, path);
        return true;
}

/* As socket(2), with these flags; TYPE is that of a socket that is not raw. */
static inline int place_socket(const Place *p, int type, int flags) {
        return socket(p->address.any.sa_family, (p->ip_protocol ? SOCK_RAW : type) | flags,
                      p->ip_protocol);
}

static inline int place_connect(const Place *p, int fd) {
        return connect(fd, &p->address.any, p->size);
}
