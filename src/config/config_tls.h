/* SPDX-License-Identifier: MIT */
/* The TLS settings of a listener: "tls = { ... };". */
#pragma once

#include "config/config_strings.h"
#include <stdbool.h>

#define CONFIG_TLS_CREDENTIAL "credential:"

/* The files that it names; an index of the places below. */
typedef enum ConfigTlsFile {
        CONFIG_TLS_CERTIFICATE,
        CONFIG_TLS_KEY,
        CONFIG_TLS_CA,
        CONFIG_TLS_CRL,
        CONFIG_TLS_FILE_MAX_,
} ConfigTlsFile;

/* Whether clients have to show a certificate. */
typedef enum TlsClients {
        TLS_CLIENTS_NONE,
        TLS_CLIENTS_REQUEST, /* one that is shown must be good */
        TLS_CLIENTS_REQUIRE,
        TLS_CLIENTS_MAX_,
} TlsClients;

typedef enum TlsVersion {
        TLS_VERSION_1_2,
        TLS_VERSION_1_3,
        TLS_VERSION_MAX_,
} TlsVersion;

typedef struct ConfigTls {
        bool is_set; /* the listener has the group */
        /* Absolute paths, or CONFIG_TLS_CREDENTIAL and the name of a credential; NULL: none. */
        char *files[CONFIG_TLS_FILE_MAX_];
        /* "FILE:LINE: KEY" of each, for messages about what the files contain; NULL: not set. */
        char *places[CONFIG_TLS_FILE_MAX_];
        TlsClients clients;
        TlsVersion min_version;
        ConfigStrings names;        /* that clients may have (core/tls_name.h); empty: any */
        ConfigStrings fingerprints; /* of certificates, as written: "sha256:" and 64 digits */
} ConfigTls;

int config_tls_copy(const ConfigTls *from, ConfigTls *ret); /* 0 or -ENOMEM */
void config_tls_done(ConfigTls *t);
/* The name of the credential, if FILE is one; else NULL. */
const char *config_tls_credential(const char *file);

const char *config_tls_clients_text(TlsClients c);
const char *config_tls_version_text(TlsVersion v);
