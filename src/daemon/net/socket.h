/* SPDX-License-Identifier: MIT */
/* Opens the sockets of listeners; configures these and inherited ones. */
#pragma once

#include "core/endpoint.h"
#include "daemon/net/socket_base.h"
#include <sys/types.h>

typedef struct ConfigListener ConfigListener;
typedef struct ConfigStrings ConfigStrings;

typedef struct SocketWish {
        SocketPort port;
        uint32_t device; /* the number of the only interface; 0: any */
        mode_t mode;     /* of the file of a Unix socket */
} SocketWish;

/*
 * Binds, even to an address that no interface has yet, and starts it, unless the port is SHARED.
 * Sets what the kernel has chosen in *AT. A file at the path of a Unix socket is replaced if nobody
 * listens there any more. Returns a descriptor or negative errno: -ENODEV if the interface has gone,
 * -EADDRINUSE if another program listens there, -ENOTSOCK if the path is no socket.
 */
int socket_open(const SocketWish *w, Endpoint *at);
/* What to do about an error of socket_open(), to be printed behind it; "": nothing to add. */
const char *socket_hint(Protocol protocol, int error);
/*
 * What tells sockets at the same address apart: the groups that they have joined, the file that they
 * are bound to. "": nothing.
 */
#define SOCKET_MARK_MAX sizeof("#0123456789abcdef")
void socket_mark(const ConfigStrings *groups, const Endpoint *at, char ret[static SOCKET_MARK_MAX]);
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
 * A socket that is to be closed gets nothing more, so that all that it has got can be taken. Datagrams
 * go to another socket that has the port; for all addresses of a family it does nothing, as the kernel
 * prefers any other socket. Whoever sends or connects to a Unix socket gets an error. It still sends.
 * For TCP and vsock it does nothing.
 */
void socket_end_input(int fd, const Endpoint *at);

/* Sets the options of a listener on a socket. Logs if the receive buffer is smaller than wanted. */
void socket_configure(int fd, const ConfigListener *config);
/* Of an accepted connection, what it does not inherit. */
void socket_set_up_connection(int fd, Protocol protocol);
/* Who is at its other end. NAME: as accept(2) told it. Returns 0 or negative errno. */
int socket_peer(int fd, Protocol protocol, const struct sockaddr_storage *name, Address *ret);
/* The security context of a local process at the other end, without quotes; "": unknown. */
#define SOCKET_SECURITY_MAX 128
void socket_peer_security(int fd, char ret[static SOCKET_SECURITY_MAX]);
/*
 * Of an accepted connection, whose send buffer is fixed: the kernel no longer makes its receive buffer
 * larger, or does again, which is what it does without either. Ignored by Linux before 5.15.
 */
void socket_keep_receive_buffer(int fd);
void socket_let_receive_buffer_grow(int fd);
/* Its close(2) resets the connection, so that no state stays in the kernel. */
void socket_reset_on_close(int fd);
