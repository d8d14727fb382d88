/* SPDX-License-Identifier: MIT */
/*
 * The reference receiver with TLS: the least honest work. OpenSSL, one window for what comes from
 * the sockets, which it reads records out of; no bounds on handshakes, no names, no closing alerts.
 */
#pragma once

#include <sys/types.h>

typedef struct Tls Tls;

/* Loads what all connections share. Exits when it cannot. */
void reference_tls_init(const char *certificate, const char *key);
Tls *reference_tls_new(int fd);
void reference_tls_free(Tls *t);
/*
 * As recv(2) with MSG_DONTWAIT, of what the records contain: all that is there, at most SIZE bytes.
 * Nothing, if that was no whole record, is -1 with EAGAIN.
 */
ssize_t reference_tls_receive(Tls *t, char *buf, size_t size);
