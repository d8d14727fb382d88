/* SPDX-License-Identifier: MIT */
/* Any bytes as a PROXY header: reading fewer of them never gives another result. */

#include "core/proxy.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In memory of exactly its size. */
static ProxyResult parse(const uint8_t *data, size_t size, ProxyHeader *ret) {
        char *copy = malloc(size > 0 ? size : 1);
        ProxyResult r;

        if (!copy)
                abort();
        if (size > 0)
                memcpy(copy, data, size);
        r = proxy_parse(copy, size, ret);
        free(copy);
        return r;
}

static void check_text(const char *text, size_t max) {
        size_t n = strlen(text);

        assert(n <= max);
        for (size_t i = 0; i < n; i++)
                assert(text[i] > ' ' && text[i] < 0x7f && text[i] != '"');
}

static void check_header(const ProxyHeader *h) {
        assert(h->size > 0 && h->size <= PROXY_SIZE_MAX);
        if (h->is_local) {
                assert(!h->id[0] && !h->tls[0] && !h->name[0]);
                return;
        }
        assert(h->source.family == AF_INET || h->source.family == AF_INET6);
        assert(h->destination.family == AF_INET || h->destination.family == AF_INET6);
        check_text(h->id, PROXY_ID_MAX);
        check_text(h->tls, PROXY_TLS_MAX);
        check_text(h->name, PROXY_NAME_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        ProxyHeader whole, part;
        ProxyResult result = parse(data, size, &whole), r = PROXY_NEED_MORE;
        size_t n = 0;

        if (result == PROXY_DONE)
                check_header(&whole);
        assert(result != PROXY_NEED_MORE || size < PROXY_SIZE_MAX);
        assert((result == PROXY_BAD) == (whole.reason != NULL));
        while (n < size && r == PROXY_NEED_MORE)
                r = parse(data, ++n, &part);
        assert(r == result);
        if (r == PROXY_DONE)
                assert(part.size == n);
        if (n > 0)
                assert(memcmp(&whole, &part, sizeof(whole)) == 0);
        return 0;
}
