/* SPDX-License-Identifier: MIT */
/* Opens the sockets of a listener of the file. */
#pragma once

#include "config/config.h"
#include "daemon/net/socket.h"
#include <stdio.h>

typedef struct ListenerSocket ListenerSocket;

/*
 * PORT: shared when a socket that is to leave has it still. Both add to the list at *L what they
 * open, all of it or nothing; what is wrong goes to ERRORS as one line. Return 0 or negative errno.
 */
int listener_open(const ConfigListener *c, SocketPort port, FILE *errors, ListenerSocket **l);
/* Address "*", and the other family is there already. A machine without IPv6 has only one. */
int listener_open_other(const ConfigListener *c, uint16_t family, SocketPort port, FILE *errors,
                        ListenerSocket **l);
