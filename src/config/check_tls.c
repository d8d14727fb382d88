/* SPDX-License-Identifier: MIT */
/* See check_tls.h. */
#include "config/check_tls.h"

#include <string.h>

#include "config/check_impl.h"
#include "config/config.h"
#include "core/tls_name.h"

static const char *const keys[CONFIG_TLS_FILE_MAX_] = {
        [CONFIG_TLS_CERTIFICATE] = "certificate",
        [CONFIG_TLS_KEY] = "key",
        [CONFIG_TLS_CA] = "ca",
        [CONFIG_TLS_CRL] = "crl",
};

/* A credential has the name of a file: systemd.exec(5). */
static void check_file(const Check *check, const char *key, const char *file) {
        const char *name = config_tls_credential(file);

        if (!name && *file != '/')
                complain(check, key, "must be an absolute path or \"%sNAME\", not \"%.*s\"",
                         CONFIG_TLS_CREDENTIAL, PROBLEM_VALUE_MAX, file);
        else if (name && (!*name || strchr(name, '/') || *name == '.'))
                complain(check, key, "\"%.*s\" names no credential", PROBLEM_VALUE_MAX, file);
}

static void set_place(const Check *check, ConfigTls *t, ConfigTlsFile i) {
        const ProblemPlace place = place_of(check->group, keys[i]);

        if (asprintf(&t->places[i], "%s:%u: %s", check->path, place.line, place.key) < 0) {
                t->places[i] = NULL;
                check->problems->out_of_memory = true;
        }
}

static void check_files(const Check *check, ConfigTls *t) {
        for (ConfigTlsFile i = 0; i < CONFIG_TLS_FILE_MAX_; i++) {
                if (t->files[i])
                        check_file(check, keys[i], t->files[i]);
                else if (i <= CONFIG_TLS_KEY && !is_set(check, keys[i]))
                        complain(check, keys[i], "missing, required for tls");
                set_place(check, t, i);
        }
}

static void check_names(const Check *check, const ConfigTls *t) {
        for (size_t i = 0; i < t->names.n; i++) {
                const char *error = tls_name_pattern_error(t->names.items[i]);

                if (error)
                        complain(check, "names", "\"%.*s\": %s", PROBLEM_VALUE_MAX,
                                 t->names.items[i], error);
        }
}

static void check_fingerprints(const Check *check, const ConfigTls *t) {
        for (size_t i = 0; i < t->fingerprints.n; i++) {
                char ignored[TLS_PEER_FINGERPRINT_MAX + 1];

                if (tls_name_parse_fingerprint(t->fingerprints.items[i], ignored) < 0)
                        complain(check, "fingerprints",
                                 "must be \"sha256:\" and 64 hexadecimal digits, not \"%.*s\"",
                                 PROBLEM_VALUE_MAX, t->fingerprints.items[i]);
        }
}

/* What is said of clients only holds for those that show a certificate. */
static void check_clients(const Check *check, const ConfigTls *t) {
        static const char *const of_clients[] = { "ca", "crl", "names", "fingerprints" };

        if (t->clients != TLS_CLIENTS_NONE) {
                if (!is_set(check, "ca") && !is_set(check, "fingerprints"))
                        complain(check, "clients", "clients = \"%s\" needs ca or fingerprints",
                                 config_tls_clients_text(t->clients));
                if (!is_set(check, "ca") && (t->files[CONFIG_TLS_CRL] || t->names.n > 0))
                        complain(check, is_set(check, "crl") ? "crl" : "names", "needs ca");
                return;
        }
        for (size_t i = 0; i < ELEMENTSOF(of_clients); i++)
                if (is_set(check, of_clients[i]))
                        complain(check, of_clients[i],
                                 "only with clients = \"request\" or \"require\"");
}

void check_tls(const Check *listener, ConfigListener *l) {
        Check check = *listener;

        check.group = config_setting_get_member(listener->group, "tls");
        if (!check.group || !config_setting_is_group(check.group))
                return;

        l->tls.is_set = true;
        check_files(&check, &l->tls);
        check_names(&check, &l->tls);
        check_fingerprints(&check, &l->tls);
        check_clients(&check, &l->tls);
        /* Whoever can hold packets back makes silence: half a message must not become one. */
        if (!is_set(listener, "message_timeout"))
                l->message_timeout_usec = 0;
}
