/* SPDX-License-Identifier: MIT */
/*
 * The socket to a destination; if that has several addresses, they are tried in turn. The bytes of a
 * stream may be carried by TLS, of which only connection_tls.c knows.
 */
#pragma once

#include "core/macro.h"
#include "ctl/destination.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct addrinfo;
typedef struct ConnectionTls ConnectionTls;

typedef struct Connection {
        int fd;                     /* owned, non-blocking, connected; -EBADF when there is none */
        struct addrinfo *addresses; /* of a host; owned */
        struct addrinfo *next;      /* the first one not tried yet */
        ConnectionTls *tls;         /* owned; NULL: bytes go as they are */
        const char *problem;        /* what errno does not tell; or NULL */
        bool is_refused; /* TLS: after the handshake the other side said that it failed */
        bool is_cut;     /* TLS: the end is not the one that the other side meant */
        const Destination *destination;
        uint64_t timeout_usec;
} Connection;

/*
 * Returns 0, or -ENOTCONN after printing why the destination could not be reached. Takes at most
 * TIMEOUT_USEC, not counting the resolver, and as long again for a TLS handshake. In both cases
 * connection_done() frees C.
 */
int connection_open(Connection *c, const Destination *d, uint64_t timeout_usec);

/*
 * Without a connection a refusal, ERROR (a positive errno), arrives only after sending.
 * connection_retry() tries the next addresses and returns as connection_open(); connection_lost()
 * prints ERROR and returns -ENOTCONN.
 */
int connection_retry(Connection *c, int error);
int connection_lost(const Connection *c, int error);

/*
 * The bytes of a stream; nothing blocks. connection_send() returns how many were taken, 0 when there is
 * no room, or negative errno. connection_receive() returns how many came, 0 at the end, or negative
 * errno: -EAGAIN when nothing has come yet.
 */
int connection_send(Connection *c, const char *data, size_t size);
int connection_receive(Connection *c, char *buf, size_t size);
/* connection_receive() has more to return, which poll(2) does not know of. */
bool connection_has_more(const Connection *c);
/* Bytes were taken that the socket has no room for: sending nothing takes them on. */
bool connection_has_unsent(const Connection *c);
/*
 * Bytes that were taken but not acknowledged by the other side's kernel, as TLS carries them; the end
 * of the stream counts as one.
 */
uint64_t connection_in_flight(const Connection *c);
/* Ends our direction. False: try again when nothing is unsent. */
bool connection_end(Connection *c);

void connection_done(Connection *c);
