/* SPDX-License-Identifier: MIT */
/* The socket to a destination: its addresses are tried one after the other until one answers. */
#pragma once

#include "core/macro.h"
#include "ctl/destination.h"
#include <stdint.h>

struct addrinfo;

typedef struct Connection {
        int fd;                     /* owned, non-blocking, connected; -EBADF when there is none */
        struct addrinfo *addresses; /* owned */
        struct addrinfo *next;      /* the first one that was not tried yet */
        const Destination *destination;
        uint64_t timeout_usec;
} Connection;

/*
 * Both return 0, or -ENOTCONN after a line that says why nobody could be reached. Opening takes at
 * most timeout_usec (the resolver has limits of its own).
 */
int connection_open(Connection *c, const Destination *d, uint64_t timeout_usec);

/*
 * UDP learns late that nobody is there. The one goes on to the next address if there is one, the
 * other gives up: a line about ERROR, a positive errno, and -ENOTCONN.
 */
int connection_retry(Connection *c, int error);
int connection_lost(const Connection *c, int error);

void connection_done(Connection *c);
