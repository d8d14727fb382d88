/* SPDX-License-Identifier: MIT */
/* See config_tls.h. */
#include "config/config_tls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int copy_texts(char *const from[CONFIG_TLS_FILE_MAX_], char *to[CONFIG_TLS_FILE_MAX_]) {
        for (size_t i = 0; i < CONFIG_TLS_FILE_MAX_; i++) {
                to[i] = from[i] ? strdup(from[i]) : NULL;
                if (from[i] && !to[i])
                        return -ENOMEM;
        }
        return 0;
}

int config_tls_copy(const ConfigTls *from, ConfigTls *ret) {
        *ret = (ConfigTls){
                .is_set = from->is_set,
                .clients = from->clients,
                .min_version = from->min_version,
        };
        if (copy_texts(from->files, ret->files) < 0 || copy_texts(from->places, ret->places) < 0 ||
            config_strings_copy(&from->names, &ret->names) < 0 ||
            config_strings_copy(&from->fingerprints, &ret->fingerprints) < 0) {
                config_tls_done(ret);
                return -ENOMEM;
        }
        return 0;
}

void config_tls_done(ConfigTls *t) {
        for (size_t i = 0; i < CONFIG_TLS_FILE_MAX_; i++) {
                free(t->files[i]);
                free(t->places[i]);
        }
        config_strings_done(&t->names);
        config_strings_done(&t->fingerprints);
        *t = (ConfigTls){ 0 };
}

const char *config_tls_credential(const char *file) {
        const size_t n = sizeof(CONFIG_TLS_CREDENTIAL) - 1;

        return strncmp(file, CONFIG_TLS_CREDENTIAL, n) == 0 ? file + n : NULL;
}

const char *config_tls_clients_text(TlsClients c) {
        static const char *const table[TLS_CLIENTS_MAX_] = { "none", "request", "require" };
        return table[c];
}

const char *config_tls_version_text(TlsVersion v) {
        static const char *const table[TLS_VERSION_MAX_] = { "1.2", "1.3" };
        return table[v];
}
