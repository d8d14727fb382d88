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
 * Binds, even to an address that no interface has yet, and starts it, unless the port is SHARED.
 * DEVICE: the number of the only interface, 0: any. Sets a port 0 in *LOCAL. Returns a descriptor or
 * negative errno, -ENODEV if the interface has gone.
 */
int socket_open(Protocol protocol, SocketPort port, uint32_t device, Address *local);
/* TCP: listens. From then on the port is its own. Returns 0 or negative errno. */
int socket_start(int fd, Protocol protocol);
/* Whether no interface had the address when the socket was opened. */
bool socket_is_early(int fd, const Address *local);
/* Whether one has it now. */
bool socket_address_exists(const Address *local);
/* The interface it is bound to; 0: any. */
uint32_t socket_device(int fd);

/*
 * A TCP socket that is to be closed begins no more handshakes, but completes those that have begun:
 * closing would reset them. New clients reach what else listens at the address.
 */
void socket_end_handshakes(int fd);
/*
 * A UDP socket that is to be closed gets no more datagrams: they go to another socket that has the
 * port. It still sends. LOCAL: where it is bound; for all addresses of a family it does nothing, as
 * the kernel prefers any other socket.
 */
void socket_end_datagrams(int fd, const Address *local);

/* Sets the options of a listener on a socket. Logs if the receive buffer is smaller than wanted. */
void socket_configure(int fd, const ConfigListener *config);
/*
 * Of an accepted connection, whose send buffer is fixed: the kernel no longer makes its receive buffer
 * larger, or does again, which is what it does without either. Ignored by Linux before 5.15.
 */
void socket_keep_receive_buffer(int fd);
void socket_let_receive_buffer_grow(int fd);
/* Its close(2) resets the connection, so that no state stays in the kernel. */
void socket_reset_on_close(int fd);
