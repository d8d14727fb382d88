/* SPDX-License-Identifier: MIT */
/* What is known of the other side of a TLS connection. */
#pragma once

/* Characters of a name, as core/tls_name.h escapes it, of a fingerprint, and of a version; each
 * without the NUL. */
#define TLS_PEER_NAME_MAX 128
#define TLS_PEER_FINGERPRINT_MAX 64
#define TLS_PEER_VERSION_MAX 16

/* The texts belong to the connection; "": none. */
typedef struct TlsPeer {
        const char *version;     /* "TLSv1.3" */
        const char *cipher;      /* "TLS_AES_256_GCM_SHA384" */
        const char *name;        /* that its certificate is for */
        const char *fingerprint; /* SHA-256 of its certificate, in lower-case hexadecimal digits */
} TlsPeer;
