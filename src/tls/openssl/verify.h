/* SPDX-License-Identifier: MIT */
/* Whether the certificate of the other side is good, within the handshake: so that it gets an alert. */
#pragma once

#include <openssl/x509_vfy.h>

/* For SSL_CTX_set_cert_verify_callback(3). */
int verify_peer(X509_STORE_CTX *store, void *unused);
