/* SPDX-License-Identifier: MIT */
/* Opens the sockets of a listener. */
#pragma once

#include "config/config.h"
#include "daemon/net/socket.h"
#include "daemon/systemd/fdstore.h"
#include <stdio.h>

typedef struct ListenerSocket ListenerSocket;

/*
 * If its interface does not exist, a listener has no sockets.
 * PORT: shared if a leaving socket still has it. Both prepend all sockets to the list *L, or none;
 * an error is printed to ERRORS as one line. Return 0 or negative errno.
 */
int listener_open(const ConfigListener *c, SocketPort port, FILE *errors, ListenerSocket **l);
/* For address "*" if the other family has a socket already. A host without IPv6 needs only one. */
int listener_open_other(const ConfigListener *c, uint16_t family, SocketPort port, FILE *errors,
                        ListenerSocket **l);
/*
 * The name of a socket in the descriptor store: that of a socket with other groups differs, because
 * the kernel does not tell which ones it has joined.
 */
void listener_store_name(const ConfigListener *c, const Address *local,
                         char ret[static FDSTORE_NAME_MAX]);
/* Whether the groups that are part of NAME are those of C. */
bool listener_store_name_has_groups(const char *name, const ConfigListener *c);
/* S was opened with a shared port: socket_start(). Prints and returns the same. */
int listener_start(const ConfigListener *c, const ListenerSocket *s, FILE *errors);
