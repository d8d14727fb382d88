/* SPDX-License-Identifier: MIT */
/*
 * How sockets of each kind are opened and set up: one row for each place of transport.h. NULL: there is
 * nothing to do. Only for socket*.c.
 */
#pragma once

#include "daemon/net/socket.h"

typedef struct SocketKind {
        int (*open)(const SocketWish *w, Endpoint *at);     /* socket_open() */
        void (*configure)(int fd, const ConfigListener *c); /* socket_configure() */
        void (*set_up)(int fd);                             /* socket_set_up_connection() */
        int (*peer)(int fd, Address *ret); /* socket_peer(); NULL: the name tells */
        const char *(*hint)(int error);    /* socket_hint() */
        void (*mark)(const ConfigStrings *groups, const Endpoint *at,
                     char ret[static SOCKET_MARK_MAX]); /* socket_mark() */
        void (*end_input)(int fd, const Endpoint *at);  /* socket_end_input() */
} SocketKind;

extern const SocketKind socket_ip, socket_raw, socket_unix, socket_vsock;
