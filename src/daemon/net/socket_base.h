/* SPDX-License-Identifier: MIT */
/* What the opening of all kinds of sockets is made of. */
#pragma once

#include "core/endpoint.h"

/* Length of the accept queue: bursts of short connections outrun any single accept. */
#define SOCKET_BACKLOG 4096

/* Two of our own sockets may have the same port while both are SHARED (SO_REUSEPORT). */
typedef enum SocketPort {
        SOCKET_PORT_OWN,
        SOCKET_PORT_SHARED,
} SocketPort;
void socket_base_set_port(int fd, SocketPort port);

/* Returns 0 or negative errno. */
int socket_base_set(int fd, int level, int option, int value);
/* The same, bind(2). */
int socket_base_bind(int fd, const Endpoint *at);
/* Of an address of which no interface need have it yet. Both families. */
int socket_base_bind_early(int fd, const Endpoint *at);
/* Only this interface; 0: any. */
int socket_base_set_device(int fd, uint32_t device);
/* With connections: listens. From then on the port is its own. Returns 0 or negative errno. */
int socket_base_start(int fd, Protocol protocol);
/* socket_end_input() of what is bound to an IP address. */
void socket_base_end_datagrams(int fd, const Endpoint *at);
