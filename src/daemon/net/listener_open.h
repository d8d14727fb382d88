/* SPDX-License-Identifier: MIT */
/* Opens the sockets of a listener of the file. */
#pragma once

#include "config/config.h"
#include "daemon/net/socket.h"
#include <stdio.h>

typedef struct ListenerSocket ListenerSocket;

/*
 * PORT: shared if a socket that is leaving still has it. Both add the sockets they open to the list
 * at *L, all or none; an error is printed to ERRORS as one line. Return 0 or negative errno.
 */
int listener_open(const ConfigListener *c, SocketPort port, FILE *errors, ListenerSocket **l);
/* Address "*", and the other family is there already. A machine without IPv6 has only one. */
int listener_open_other(const ConfigListener *c, uint16_t family, SocketPort port, FILE *errors,
                        ListenerSocket **l);
