/* SPDX-License-Identifier: MIT */
/* What the connections of a listener, or of a client, share. Immutable once made; counted. */
#pragma once

#include "tls/tls.h"
#include <openssl/ssl.h>
#include <stdatomic.h>

/* Which certificates of the other side are good. */
typedef struct ContextPeers {
        bool has_ca;  /* those of its roots; a client without one has those of the system */
        char **names; /* patterns, of those with a good chain; owned, as the next */
        size_t n_names;
        char (*fingerprints)[TLS_PEER_FINGERPRINT_MAX + 1]; /* good by themselves */
        size_t n_fingerprints;
} ContextPeers;

struct TlsContext {
        atomic_uint n_refs;
        SSL_CTX *ssl;
        BIO_METHOD *method; /* of the sessions' bytes */
        bool is_server;
        char *server_name; /* that a client connects to */
        const char *min_version;
        ContextPeers peers;
        char *subject;
        TlsCertificate certificate;
};

/* As TlsOps has them, but for what verify.h does. */
TlsContext *context_server_new(const ConfigTls *config, FILE *errors, FILE *warnings);
TlsContext *context_client_new(const TlsClient *client, FILE *errors);
TlsContext *context_ref(TlsContext *c);
TlsContext *context_unref(TlsContext *c);
const TlsCertificate *context_certificate(const TlsContext *c);
