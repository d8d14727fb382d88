/* SPDX-License-Identifier: MIT */
/* Connecting to a host by name or address: TCP, UDP and raw sockets. */
#pragma once

#include "ctl/connection.h"

/* Set c->fd and return 0; or negative errno, and perhaps c->problem. */
int connection_inet_open(Connection *c);
/* With the addresses that are left; ERROR, a positive errno, is returned when there are none. */
int connection_inet_open_next(Connection *c, int error);
