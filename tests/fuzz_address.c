/* SPDX-License-Identifier: MIT */
/* Any text as an address: what is taken can be shown, and read again to the same value. */

#include "core/address.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_value(const Address *a) {
        union {
                struct sockaddr sa;
                struct sockaddr_storage storage;
        } s;
        char text[ADDRESS_TEXT_MAX];
        char host[ADDRESS_TEXT_MAX];
        AddressKey key = address_key(a);
        AddressKey again_key;
        socklen_t size;
        Address again;
        int r;

        assert(address_format(a, text) == strlen(text));
        assert(address_format_host(a, host) == strlen(host));
        assert(strlen(text) < ADDRESS_TEXT_MAX && strlen(host) < strlen(text));
        assert(strstr(text, host));
        assert(!strpbrk(text, "\"\\ \n"));

        r = address_parse(host, a->port, &again);
        assert(r == 0);
        assert(address_equal(a, &again));

        size = address_to_sockaddr(a, &s.storage);
        assert(size <= sizeof(s));
        r = address_from_sockaddr(&s.sa, &again);
        assert(r == 0);
        assert(address_equal(a, &again));
        again_key = address_key(&again);
        assert(memcmp(&key, &again_key, sizeof(key)) == 0);
        assert(!(address_is_any(a) && address_is_group(a)));
}

static void check_text(const uint8_t *data, size_t size, uint16_t port) {
        char *text = malloc(size + 1);
        Address a;

        if (!text)
                abort();
        memcpy(text, data, size);
        text[size] = '\0';
        if (address_parse(text, port, &a) == 0)
                check_value(&a);
        free(text);
}

/* The input as a socket address, so that every value there is comes up. */
static void check_bytes(const uint8_t *data, size_t size) {
        union {
                struct sockaddr sa;
                struct sockaddr_in6 in6;
                uint8_t bytes[sizeof(struct sockaddr_in6)];
        } s;
        Address a;

        if (size != sizeof(s))
                return;

        memcpy(&s, data, sizeof(s));
        s.sa.sa_family = data[0] & 1 ? AF_INET : AF_INET6;
        if (address_from_sockaddr(&s.sa, &a) == 0)
                check_value(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        check_text(data, size, (uint16_t)(size * 257));
        check_bytes(data, size);
        return 0;
}
