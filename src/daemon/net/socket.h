/* SPDX-License-Identifier: MIT */
/* Opens the sockets of listeners; configures these and inherited ones. */
#pragma once

#include "config/config.h"
#include "core/address.h"
#include "core/names.h"

/* Length of the accept queue: bursts of short connections outrun any single accept. */
#define SOCKET_BACKLOG 4096

/* Two of our own sockets may have the same port while both are SHARED (SO_REUSEPORT). */
typedef enum SocketPort {
        SOCKET_PORT_OWN,
        SOCKET_PORT_SHARED,
} SocketPort;
void socket_set_port(int fd, SocketPort port);

/*
 * Binds, even to an address that no interface has yet, and, for TCP, listens. Sets a port 0 in
 * *LOCAL. Returns a descriptor or negative errno.
 */
int socket_open(Protocol protocol, SocketPort port, Address *local);
/* Whether no interface had the address when the socket was opened. */
bool socket_is_early(int fd, const Address *local);

/* Sets the options of a listener on a socket. Logs if the receive buffer is smaller than wanted. */
void socket_configure(int fd, const ConfigListener *config);
