/* SPDX-License-Identifier: MIT */
/* The library of TLS is loaded here, and nowhere else in sockctl. */

#include "ctl/destination_tls.h"

#include "ctl/print.h"
#include "tls/tls.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The host is an address with a zone, of which no certificate knows. */
static char *name_of_host(const char *host) {
        return strndup(host, strchr(host, ':') ? strcspn(host, "%") : strlen(host));
}

static int load(Destination *d, const TlsClient *client) {
        _cleanup_free_ char *problems = NULL;
        size_t size;
        FILE *f = open_memstream(&problems, &size);

        if (!f)
                return -errno;

        d->tls = tls_load(f);
        if (d->tls)
                d->tls_context = d->tls->client_new(client, f);
        if (fclose(f) != 0)
                return -ENOMEM;
        if (d->tls_context)
                return 0;

        print_error_lines(problems, "", "");
        return -EINVAL;
}

int destination_tls_open(Destination *d, const Wish *wish) {
        _cleanup_free_ char *host = name_of_host(d->host);
        const TlsClient client = {
                .ca = wish->ca,
                .certificate = wish->cert,
                .key = wish->key,
                .name = wish->tls_name ? wish->tls_name : host,
                .fingerprint = wish->fingerprint,
        };

        return host ? load(d, &client) : -ENOMEM;
}

void destination_tls_close(Destination *d) {
        if (d->tls_context)
                d->tls_context = d->tls->context_unref(d->tls_context);
}
