/* SPDX-License-Identifier: MIT */
/* One allocation, of the size that the texts need. */

#include "daemon/net/stream_via.h"

#include <stdlib.h>
#include <string.h>

static char *put_text(char **p, const char *text) {
        char *begin = *p;

        *p = stpcpy(begin, text) + 1;
        return begin;
}

StreamVia *stream_via_new(const Address *proxy, const ProxyHeader *h) {
        const size_t size = strlen(h->id) + strlen(h->tls) + strlen(h->name) + 3;
        StreamVia *v = malloc(sizeof(*v) + size);
        char *p;

        if (!v)
                return NULL;

        v->destination = h->destination;
        v->record.address = *proxy;
        p = v->texts;
        v->record.id = put_text(&p, h->id);
        v->record.tls = put_text(&p, h->tls);
        v->record.name = put_text(&p, h->name);
        return v;
}
