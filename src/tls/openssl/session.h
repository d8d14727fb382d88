/* SPDX-License-Identifier: MIT */
/* One connection: OpenSSL between the bytes of a step. */
#pragma once

#include "tls/tls.h"
#include <openssl/types.h>

/* As TlsOps has them. */
TlsSession *session_new(TlsContext *c);
TlsSession *session_free(TlsSession *s);
TlsState session_receive(TlsSession *s, TlsStep *step);
ssize_t session_send(TlsSession *s, const char *plain, size_t size, char *out, size_t out_max);
size_t session_end(TlsSession *s, char *out, size_t out_max);
bool session_holds_part(const TlsSession *s);
const TlsPeer *session_peer(const TlsSession *s);
const char *session_why(const TlsSession *s);
TlsFailure session_failure(const TlsSession *s);

/* For verify_peer(). */
TlsSession *session_of(const SSL *ssl);
const TlsContext *session_context(const TlsSession *s);
/* Notes why the certificate of the other side is refused, unless something is noted. */
void session_refuse(TlsSession *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Notes its certificate; returns the fingerprint, or NULL: out of memory. */
const char *session_set_certificate(TlsSession *s, const X509 *cert);
/* Notes who it is. Returns false: out of memory. */
bool session_set_name(TlsSession *s, const char *name);
