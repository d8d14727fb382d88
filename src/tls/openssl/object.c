/* SPDX-License-Identifier: MIT */
/* What tls_load.c looks up. */

#include "tls/openssl/context.h"
#include "tls/openssl/session.h"

extern const TlsOps tls_object;

__attribute__((visibility("default"))) const TlsOps tls_object = {
        .version = PACKAGE_VERSION,
        .server_new = context_server_new,
        .client_new = context_client_new,
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
