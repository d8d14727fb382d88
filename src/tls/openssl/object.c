/* SPDX-License-Identifier: MIT */
/* What tls_load.c looks up. */

#include "tls/openssl/context.h"
#include "tls/openssl/session.h"
#include "tls/openssl/verify.h"

/* Certificates of the other side are judged by us. */
static TlsContext *verified(TlsContext *c) {
        if (c)
                SSL_CTX_set_cert_verify_callback(c->ssl, verify_peer, NULL);
        return c;
}

static TlsContext *server_new(const ConfigTls *config, FILE *errors, FILE *warnings) {
        return verified(context_server_new(config, errors, warnings));
}

static TlsContext *client_new(const TlsClient *client, FILE *errors) {
        return verified(context_client_new(client, errors));
}

extern const TlsOps object_tls;

__attribute__((visibility("default"))) const TlsOps object_tls = {
        .version = PACKAGE_VERSION,
        .server_new = server_new,
        .client_new = client_new,
        .context_ref = context_ref,
        .context_unref = context_unref,
        .certificate = context_certificate,
        .session_new = session_new,
        .session_free = session_free,
        .receive = session_receive,
        .send = session_send,
        .end = session_end,
        .holds_part = session_holds_part,
        .peer = session_peer,
        .why = session_why,
        .failure = session_failure,
};
