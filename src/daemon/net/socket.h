/* SPDX-License-Identifier: MIT */
/* Opening the sockets of listeners, and setting up those that were passed to us. */
#pragma once

#include "config/config.h"
#include "core/address.h"
#include "core/names.h"

/*
 * Connections that may wait to be accepted: bursts of short connections outrun any single accept.
 */
#define SOCKET_BACKLOG 4096

/* Another socket of ours may have the same port while both are SHARED (socket(7), SO_REUSEPORT). */
typedef enum SocketPort {
        SOCKET_PORT_OWN,
        SOCKET_PORT_SHARED,
} SocketPort;
void socket_set_port(int fd, SocketPort port);

/*
 * Binds and, for TCP, listens. *LOCAL says where; a port 0 in it becomes the one that the kernel
 * chose. Returns a descriptor or negative errno.
 */
int socket_open(Protocol protocol, SocketPort port, Address *local);

/*
 * Options that the sockets of a listener have, opened or inherited alike. A smaller buffer than
 * wanted is logged.
 */
void socket_configure(int fd, const ConfigListener *config);
