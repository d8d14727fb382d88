/* SPDX-License-Identifier: MIT */
/* A stream that TLS carries: the handshake, and bytes between the object of src/tls and the socket. */
#pragma once

#include "ctl/connection.h"

/*
 * Shakes hands over c->fd and sets c->tls. Returns 0, or negative errno, most often with c->problem.
 * Takes at most c->timeout_usec.
 */
int connection_tls_open(Connection *c);

/* As those of connection.h, where there is c->tls. */
int connection_tls_send(Connection *c, const char *data, size_t size);
int connection_tls_receive(Connection *c, char *buf, size_t size);
bool connection_tls_has_more(const ConnectionTls *t);
size_t connection_tls_n_unsent(const ConnectionTls *t);
/* Sends close_notify. False: part of that is unsent. */
bool connection_tls_end(Connection *c);

ConnectionTls *connection_tls_free(ConnectionTls *t);
