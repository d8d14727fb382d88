/* SPDX-License-Identifier: MIT */
/* Opens the sockets of a listener. */
#pragma once

#include "config/config.h"
#include "daemon/net/socket.h"
#include <stdio.h>

typedef struct ListenerSocket ListenerSocket;

/*
 * PORT: shared if a leaving socket still has it. Both prepend all sockets to the list *L, or none;
 * an error is printed to ERRORS as one line. Return 0 or negative errno.
 */
int listener_open(const ConfigListener *c, SocketPort port, FILE *errors, ListenerSocket **l);
/* For address "*" if the other family has a socket already. A host without IPv6 needs only one. */
int listener_open_other(const ConfigListener *c, uint16_t family, SocketPort port, FILE *errors,
                        ListenerSocket **l);
