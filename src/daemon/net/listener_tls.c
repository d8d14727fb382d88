/* SPDX-License-Identifier: MIT */
/* See listener_tls.h. */

#include "daemon/net/listener_tls.h"

#include "config/config.h"
#include "core/clock.h"
#include "core/macro.h"
#include "daemon/net/listener.h"
#include "tls/tls.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

/* Of OpenSSL 3.5, an idle connection takes 28 KiB, 38 KiB with the certificates of its client. */
#define SIZE_PLAIN ((size_t)32 * 1024)
#define SIZE_WITH_CLIENTS ((size_t)48 * 1024)

#define DAY_USEC (24 * 3600 * USEC_PER_SEC)
#define SOON_USEC (14 * DAY_USEC)

static const char *place_of(const ConfigListener *c) {
        return c->tls.places[CONFIG_TLS_CERTIFICATE];
}

static int load(const ConfigListener *config, FILE *errors, FILE *warnings, TlsContext **ret) {
        const TlsOps *ops = tls_loaded();

        if (!ops) {
                _cleanup_free_ char *why = NULL;
                size_t size;
                FILE *f = open_memstream(&why, &size);

                if (!f)
                        return -ENOMEM;
                ops = tls_load(f);
                if (fclose(f) != 0)
                        return -ENOMEM;
                if (!ops) {
                        (void)fprintf(errors, "%s: %s\n", place_of(config), why);
                        return -ENOSYS;
                }
        }
        *ret = ops->server_new(&config->tls, errors, warnings);
        return *ret ? 0 : -EINVAL;
}

static int load_and_log(const ConfigListener *config, FILE *errors, TlsContext **ret) {
        char *text = NULL;
        size_t size;
        FILE *warnings = open_memstream(&text, &size);
        int r;

        if (!warnings)
                return -ENOMEM;

        r = load(config, errors, warnings, ret);
        if (fclose(warnings) == 0)
                log_lines(EVENT_CONFIG_WARNING, LOG_WARNING, text);
        free(text);
        return r;
}

int listener_tls_new(const ConfigListener *config, FILE *errors, TlsContext **ret) {
        *ret = NULL;
        return config->tls.is_set ? load_and_log(config, errors, ret) : 0;
}

TlsContext *listener_tls_unref(TlsContext *c) {
        return c ? tls_loaded()->context_unref(c) : NULL;
}

/* It is only there for the service: systemd.exec(5). */
static bool needs_credential(const ConfigTls *t) {
        for (size_t i = 0; i < CONFIG_TLS_FILE_MAX_; i++)
                if (t->files[i] && config_tls_credential(t->files[i]))
                        return true;
        return false;
}

int listener_tls_check(const Config *config, FILE *errors) {
        int result = 0;

        for (size_t i = 0; i < config->n_listeners; i++) {
                const ConfigListener *l = &config->listeners[i];
                TlsContext *c = NULL;

                if (!l->tls.is_set)
                        continue;
                if (needs_credential(&l->tls) && !getenv("CREDENTIALS_DIRECTORY")) {
                        (void)fprintf(errors,
                                      "%s: warning: not checked, there is no "
                                      "$CREDENTIALS_DIRECTORY (LoadCredential= in a drop-in)\n",
                                      place_of(l));
                        continue;
                }
                result = MIN(result, load(l, errors, errors, &c));
                (void)listener_tls_unref(c);
        }
        return result;
}

size_t listener_tls_size(const ConfigListener *config) {
        if (!config->tls.is_set)
                return 0;
        return config->tls.clients == TLS_CLIENTS_NONE ? SIZE_PLAIN : SIZE_WITH_CLIENTS;
}

void listener_tls_check_memory(const Config *config) {
        size_t size = 0;
        uint64_t n;

        for (size_t i = 0; i < config->n_listeners; i++)
                size = MAX(size, listener_tls_size(&config->listeners[i]));
        if (size == 0)
                return;

        n = config->limits.memory / 2 / size;
        if (n < config->limits.connections)
                (void)log_event(EVENT_CONFIG_WARNING, NULL, LOG_WARNING, 0,
                                "limits.memory holds %" PRIu64
                                " TLS streams, limits.connections is %" PRIu64
                                "; raise the one or lower the other",
                                n, config->limits.connections);
}

const TlsCertificate *listener_tls_certificate(const Listener *l) {
        return l->tls ? tls_loaded()->certificate(l->tls) : NULL;
}

static void warn(const Listener *l, const TlsCertificate *c, uint64_t now_usec) {
        const time_t end = (time_t)(c->expires_usec / USEC_PER_SEC);
        char date[32];
        struct tm tm;

        if (!gmtime_r(&end, &tm) || strftime(date, sizeof(date), "%Y-%m-%d %H:%M UTC", &tm) == 0)
                return;

        (void)log_event(EVENT_CERTIFICATE_EXPIRES, l->config->name, LOG_WARNING, 0,
                        "listener %s: the certificate %s %s on %s", l->config->name, c->subject,
                        c->expires_usec < now_usec ? "expired" : "expires", date);
}

bool listener_tls_look(Listener *l) {
        const TlsCertificate *c = listener_tls_certificate(l);
        const uint64_t now = clock_realtime();

        if (!c)
                return false;

        if (c->expires_usec < now + SOON_USEC && now >= l->expiry_told_usec + DAY_USEC) {
                warn(l, c, now);
                l->expiry_told_usec = now;
        }
        return true;
}
