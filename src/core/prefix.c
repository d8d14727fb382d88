/* SPDX-License-Identifier: MIT */
/* RFC 4632 and RFC 4291, section 2.3. */

#include "core/prefix.h"

#include "core/macro.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define BITS_V4 32
#define BITS_V6 128
/* Of an IPv4-mapped address, before the IPv4 address. */
#define BITS_MAPPED 96
/* Of a link-local address: fe80::/10. */
#define BITS_LINK_LOCAL 10

static bool is_ip(const Address *a) {
        return a->family == AF_INET || a->family == AF_INET6;
}

/* What is no IP address counts whole. */
static unsigned bits_of(const Address *a) {
        if (!is_ip(a))
                return 0;
        return a->family == AF_INET ? BITS_V4 : BITS_V6;
}

static const uint8_t *bytes_of(const Address *a) {
        return a->family == AF_INET ? (const uint8_t *)&a->v4 : a->v6.s6_addr;
}

/* The first N bits are the same. */
static bool agree(const Address *a, const Address *b, unsigned n) {
        const uint8_t *x = bytes_of(a), *y = bytes_of(b);
        unsigned rest = n % 8;

        if (memcmp(x, y, n / 8) != 0)
                return false;
        return rest == 0 || (x[n / 8] ^ y[n / 8]) >> (8 - rest) == 0;
}

/* Returns whether any was set. */
static bool clear_host_bits(Prefix *p) {
        uint8_t *bytes = p->base.family == AF_INET ? (uint8_t *)&p->base.v4 : p->base.v6.s6_addr;
        uint8_t found = 0;

        for (unsigned i = p->bits; i < bits_of(&p->base); i++) {
                uint8_t bit = (uint8_t)(0x80 >> i % 8);

                found |= bytes[i / 8] & bit;
                bytes[i / 8] &= (uint8_t)~bit;
        }
        return found != 0;
}

static int parse_bits(const char *text, unsigned max, unsigned *ret) {
        char *end;
        unsigned long n;

        if (*text < '0' || *text > '9')
                return -EINVAL;

        errno = 0;
        n = strtoul(text, &end, 10);
        if (errno > 0 || *end || n > max)
                return -EINVAL;

        *ret = (unsigned)n;
        return 0;
}

/* Returns whether TEXT is a user, a group or a virtual machine. */
static bool parse_local(const char *text, Prefix *ret) {
        const bool is_group = strncmp(text, "gid:", strlen("gid:")) == 0;
        char user[sizeof("uid:4294967295")];
        Prefix p = { .bits = 0 };
        int n;

        if (is_group) {
                n = snprintf(user, sizeof(user), "uid:%s", text + strlen("gid:"));
                if (n >= (int)sizeof(user))
                        return false;
                text = user;
        }
        if (address_parse_peer(text, 0, &p.base) < 0 || is_ip(&p.base))
                return false;
        if (p.base.family == AF_UNIX && p.base.process.uid == ADDRESS_ID_UNKNOWN)
                return false;

        if (is_group) {
                p.base.process.gid = p.base.process.uid;
                p.base.process.uid = ADDRESS_ID_UNKNOWN;
        }
        *ret = p;
        return true;
}

int prefix_parse(const char *text, Prefix *ret) {
        char host[ADDRESS_TEXT_MAX];
        const char *slash = strchrnul(text, '/');
        size_t n = (size_t)(slash - text);
        bool is_mapped;
        Prefix p;
        int r;

        if (parse_local(text, ret))
                return 0;
        if (n >= sizeof(host))
                return -EINVAL;

        memcpy(host, text, n);
        host[n] = '\0';
        r = address_parse(host, 0, &p.base);
        if (r < 0)
                return r;

        p.bits = bits_of(&p.base);
        is_mapped = p.base.family == AF_INET && strchr(host, ':');
        if (*slash) {
                r = parse_bits(slash + 1, is_mapped ? BITS_V6 : p.bits, &p.bits);
                if (r < 0)
                        return r;
                if (is_mapped && p.bits < BITS_MAPPED)
                        return -EINVAL;
                p.bits -= is_mapped ? BITS_MAPPED : 0;
        }
        if (p.base.scope_id != 0 && p.bits < BITS_LINK_LOCAL)
                return -EINVAL; /* only link-local addresses have scopes */

        r = clear_host_bits(&p);
        *ret = p;
        return r;
}

bool prefix_is_address(const Prefix *p) {
        return p->bits == bits_of(&p->base);
}

static bool has_process(const AddressProcess *p, const AddressProcess *a) {
        if (p->uid == ADDRESS_ID_UNKNOWN)
                return a->gid == p->gid;
        return a->uid == p->uid;
}

bool prefix_has(const Prefix *p, const Address *a) {
        if (a->family != p->base.family)
                return false;
        if (a->family == AF_UNIX)
                return has_process(&p->base.process, &a->process);
        if (a->family == AF_VSOCK)
                return address_same_host(&p->base, a);
        return agree(a, &p->base, p->bits) &&
               (p->base.scope_id == 0 || p->base.scope_id == a->scope_id);
}
