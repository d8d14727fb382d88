/* SPDX-License-Identifier: MIT */
/* The socket to a destination; if that has several addresses, they are tried in turn. */
#pragma once

#include "core/macro.h"
#include "ctl/destination.h"
#include <stdint.h>

struct addrinfo;

typedef struct Connection {
        int fd;                     /* owned, non-blocking, connected; -EBADF when there is none */
        struct addrinfo *addresses; /* of a host; owned */
        struct addrinfo *next;      /* the first one not tried yet */
        const char *problem;        /* what errno does not tell; or NULL */
        const Destination *destination;
        uint64_t timeout_usec;
} Connection;

/*
 * Returns 0, or -ENOTCONN after printing why the destination could not be reached. Takes at most
 * TIMEOUT_USEC, not counting the resolver. In both cases connection_done() frees C.
 */
int connection_open(Connection *c, const Destination *d, uint64_t timeout_usec);

/*
 * Without a connection a refusal, ERROR (a positive errno), arrives only after sending.
 * connection_retry() tries the next addresses and returns as connection_open(); connection_lost()
 * prints ERROR and returns -ENOTCONN.
 */
int connection_retry(Connection *c, int error);
int connection_lost(const Connection *c, int error);

void connection_done(Connection *c);
