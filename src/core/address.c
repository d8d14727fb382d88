/* SPDX-License-Identifier: MIT */
/* Addresses: parsing, printing and the few questions asked about them. */

#include "core/address.h"

#include "core/clock.h"
#include "core/scope_cache.h"
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <string.h>

#define MAPPED_PREFIX_SIZE 12 /* ::ffff: before the IPv4 bytes of a mapped address */
#define NUMBER_MAX 10         /* digits of a uint32_t */
#define KEY_V6_SIZE 8         /* a /64 */

static void set_v6(Address *a, const struct in6_addr *v6, uint32_t scope_id) {
        if (IN6_IS_ADDR_V4MAPPED(v6)) {
                a->family = AF_INET;
                memcpy(&a->v4, v6->s6_addr + MAPPED_PREFIX_SIZE, sizeof(a->v4));
                return;
        }
        a->family = AF_INET6;
        a->v6 = *v6;
        a->scope_id = address_has_scope(a) ? scope_id : 0;
}

/* Only digits, 1 to UINT32_MAX; 0 when TEXT is anything else. */
static uint32_t parse_index(const char *text) {
        uint64_t v = 0;

        for (const char *p = text; *p; p++) {
                if (*p < '0' || *p > '9')
                        return 0;
                v = v * 10 + (uint64_t)(*p - '0');
                if (v > UINT32_MAX)
                        return 0;
        }
        return (uint32_t)v;
}

/* A number need not be an interface of this moment: address_format_host() prints such ones. */
static int parse_scope(const char *text, uint32_t *ret) {
        uint32_t index = if_nametoindex(text);

        if (index == 0)
                index = parse_index(text);
        if (index == 0)
                return -ENODEV;

        *ret = index;
        return 0;
}

int address_parse_host(const char *text, uint16_t port, Address *ret, const char **ret_device) {
        const char *percent = strchrnul(text, '%');
        size_t n = (size_t)(percent - text);
        char host[INET6_ADDRSTRLEN];
        Address a = { .family = AF_INET, .port = port };
        struct in6_addr v6;

        if (n >= sizeof(host))
                return -EINVAL;

        memcpy(host, text, n);
        host[n] = '\0';
        if (inet_pton(AF_INET, host, &a.v4) != 1) {
                if (inet_pton(AF_INET6, host, &v6) != 1)
                        return -EINVAL;
                set_v6(&a, &v6, 0);
        }
        *ret = a;
        *ret_device = *percent ? percent + 1 : NULL;
        return 0;
}

static bool parse_number(const char *text, const char *prefix, uint32_t *ret) {
        const size_t n = strlen(prefix);
        uint32_t v;

        if (strncmp(text, prefix, n) != 0)
                return false;

        v = parse_index(text + n);
        if (v == 0 && strcmp(text + n, "0") != 0)
                return false;
        *ret = v;
        return true;
}

int address_parse_peer(const char *text, uint32_t port, Address *ret) {
        Address a;
        uint32_t v = ADDRESS_ID_UNKNOWN;

        memset(&a, 0, sizeof(a));
        if (parse_number(text, "uid:", &v) || strcmp(text, "uid:-") == 0) {
                a.family = AF_UNIX;
                a.process.uid = v;
                a.process.gid = ADDRESS_ID_UNKNOWN;
        } else if (parse_number(text, "vsock:", &v)) {
                a.family = AF_VSOCK;
                a.machine = (AddressMachine){ v, port };
        } else
                return address_parse(text, (uint16_t)port, ret);
        *ret = a;
        return 0;
}

int address_parse(const char *text, uint16_t port, Address *ret) {
        const char *device;
        Address a;
        int r = address_parse_host(text, port, &a, &device);

        if (r < 0)
                return r;
        if (device) {
                if (!address_has_scope(&a) || !*device)
                        return -EINVAL;
                r = parse_scope(device, &a.scope_id);
                if (r < 0)
                        return r;
        }
        *ret = a;
        return 0;
}

/*
 * Copies: what SA points at was declared as some other type, and need not be aligned for this one.
 */
int address_from_sockaddr(const struct sockaddr *sa, Address *ret) {
        Address a;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
        struct sockaddr_vm vm;
        sa_family_t family;

        memset(&a, 0, sizeof(a)); /* also what of the union an IPv4 address leaves */
        memcpy(&family, &sa->sa_family, sizeof(family));
        switch (family) {
        case AF_INET:
                memcpy(&in, sa, sizeof(in));
                a.family = AF_INET;
                a.v4 = in.sin_addr;
                a.port = ntohs(in.sin_port);
                break;
        case AF_INET6:
                memcpy(&in6, sa, sizeof(in6));
                set_v6(&a, &in6.sin6_addr, in6.sin6_scope_id);
                a.port = ntohs(in6.sin6_port);
                break;
        case AF_VSOCK:
                memcpy(&vm, sa, sizeof(vm));
                a.family = AF_VSOCK;
                a.machine = (AddressMachine){ vm.svm_cid, vm.svm_port };
                break;
        case AF_UNIX:
                a.family = AF_UNIX;
                a.process = (AddressProcess){ ADDRESS_ID_UNKNOWN, ADDRESS_ID_UNKNOWN, 0 };
                break;
        default:
                return -EAFNOSUPPORT;
        }

        *ret = a;
        return 0;
}

int address_of_socket(int fd, Address *ret) {
        struct sockaddr_storage sa;
        socklen_t size = sizeof(sa);

        if (getsockname(fd, (struct sockaddr *)&sa, &size) < 0)
                return -errno;

        return address_from_sockaddr((struct sockaddr *)&sa, ret);
}

socklen_t address_to_sockaddr(const Address *a, struct sockaddr_storage *ret) {
        struct sockaddr_in in = {
                .sin_family = AF_INET,
                .sin_port = htons(a->port),
                .sin_addr = a->v4,
        };
        struct sockaddr_in6 in6 = {
                .sin6_family = AF_INET6,
                .sin6_port = htons(a->port),
                .sin6_addr = a->v6,
                .sin6_scope_id = a->scope_id,
        };
        struct sockaddr_vm vm = {
                .svm_family = AF_VSOCK,
                .svm_cid = a->machine.cid,
                .svm_port = a->machine.port,
        };

        assert(a->family == AF_INET || a->family == AF_INET6 || a->family == AF_VSOCK);
        *ret = (struct sockaddr_storage){ 0 };
        if (a->family == AF_VSOCK) {
                memcpy(ret, &vm, sizeof(vm));
                return sizeof(vm);
        }
        if (a->family == AF_INET) {
                memcpy(ret, &in, sizeof(in));
                return sizeof(in);
        }
        memcpy(ret, &in6, sizeof(in6));
        return sizeof(in6);
}

static char *put_number(char *p, uint32_t v) {
        char digits[NUMBER_MAX];
        size_t n = 0;

        do {
                digits[NUMBER_MAX - ++n] = (char)('0' + v % 10);
                v /= 10;
        } while (v > 0);
        memcpy(p, digits + NUMBER_MAX - n, n);
        return p + n;
}

static char *put_v4(char *p, const struct in_addr *v4) {
        uint8_t bytes[sizeof(*v4)];

        memcpy(bytes, v4, sizeof(bytes));
        for (size_t i = 0; i < sizeof(bytes); i++) {
                p = put_number(p, bytes[i]);
                *p++ = '.';
        }
        return p - 1; /* without the last dot */
}

static char *put_scope(char *p, uint32_t scope_id) {
        static _Thread_local ScopeCache cache;
        const char *name = scope_cache_name(&cache, scope_id, clock_monotonic());

        *p++ = '%';
        return *name ? stpcpy(p, name) : put_number(p, scope_id);
}

static char *put_v6(char *p, const Address *a) {
        /* Can't fail: the family is known and the space is enough. */
        (void)inet_ntop(AF_INET6, &a->v6, p, INET6_ADDRSTRLEN);
        p += strlen(p);
        return a->scope_id > 0 ? put_scope(p, a->scope_id) : p;
}

static char *put_id(char *p, const char *prefix, uint32_t v) {
        p = stpcpy(p, prefix);
        if (v != ADDRESS_ID_UNKNOWN)
                return put_number(p, v);
        *p = '-';
        return p + 1;
}

static size_t finish(const char *buf, char *p) {
        *p = '\0';
        return (size_t)(p - buf);
}

size_t address_format(const Address *a, char buf[static ADDRESS_TEXT_MAX]) {
        char *p = buf;

        switch (a->family) {
        case AF_INET:
                p = put_v4(p, &a->v4);
                break;
        case AF_INET6:
                *p++ = '[';
                p = put_v6(p, a);
                *p++ = ']';
                break;
        case AF_UNIX:
                p = put_id(p, "uid:", a->process.uid);
                return finish(buf, put_number(stpcpy(p, "/pid:"), a->process.pid));
        case AF_VSOCK:
                p = put_id(p, "vsock:", a->machine.cid);
                *p++ = ':';
                return finish(buf, put_number(p, a->machine.port));
        default:
                *p++ = '-'; /* a zeroed value: nothing is known */
                return finish(buf, p);
        }
        *p++ = ':';
        return finish(buf, put_number(p, a->port));
}

size_t address_format_host(const Address *a, char buf[static ADDRESS_TEXT_MAX]) {
        switch (a->family) {
        case AF_INET:
                return finish(buf, put_v4(buf, &a->v4));
        case AF_INET6:
                return finish(buf, put_v6(buf, a));
        case AF_UNIX:
                return finish(buf, put_id(buf, "uid:", a->process.uid));
        case AF_VSOCK:
                return finish(buf, put_id(buf, "vsock:", a->machine.cid));
        default:
                buf[0] = '-';
                return finish(buf, buf + 1);
        }
}

bool address_same_host(const Address *a, const Address *b) {
        if (a->family != b->family)
                return false;

        switch (a->family) {
        case AF_INET:
                return a->v4.s_addr == b->v4.s_addr;
        case AF_INET6:
                return a->scope_id == b->scope_id && IN6_ARE_ADDR_EQUAL(&a->v6, &b->v6);
        case AF_UNIX:
                return a->process.uid == b->process.uid;
        case AF_VSOCK:
                return a->machine.cid == b->machine.cid;
        default:
                return true;
        }
}

bool address_equal(const Address *a, const Address *b) {
        if (!address_same_host(a, b))
                return false;
        if (a->family == AF_UNIX)
                return a->process.gid == b->process.gid && a->process.pid == b->process.pid;
        return address_port(a) == address_port(b);
}

uint32_t address_port(const Address *a) {
        return a->family == AF_VSOCK ? a->machine.port : a->port;
}

bool address_is_any(const Address *a) {
        switch (a->family) {
        case AF_INET:
                return a->v4.s_addr == htonl(INADDR_ANY);
        case AF_INET6:
                return IN6_IS_ADDR_UNSPECIFIED(&a->v6);
        case AF_VSOCK:
                return a->machine.cid == VMADDR_CID_ANY;
        default:
                return false;
        }
}

bool address_is_multicast(const Address *a) {
        switch (a->family) {
        case AF_INET:
                return IN_MULTICAST(ntohl(a->v4.s_addr));
        case AF_INET6:
                return IN6_IS_ADDR_MULTICAST(&a->v6);
        default:
                return false;
        }
}

bool address_is_group(const Address *a) {
        return address_is_multicast(a) ||
               (a->family == AF_INET && a->v4.s_addr == htonl(INADDR_BROADCAST));
}

bool address_has_scope(const Address *a) {
        return a->family == AF_INET6 &&
               (IN6_IS_ADDR_LINKLOCAL(&a->v6) || IN6_IS_ADDR_MC_LINKLOCAL(&a->v6) ||
                IN6_IS_ADDR_MC_NODELOCAL(&a->v6));
}

AddressKey address_key(const Address *a) {
        AddressKey key = { { (uint8_t)a->family } };

        _Static_assert(sizeof(key.bytes) == 1 + sizeof(a->v6) + sizeof(a->scope_id), "key size");

        switch (a->family) {
        case AF_INET:
                memcpy(key.bytes + 1, &a->v4, sizeof(a->v4));
                break;
        case AF_INET6:
                if (!IN6_IS_ADDR_LINKLOCAL(&a->v6)) {
                        memcpy(key.bytes + 1, &a->v6, KEY_V6_SIZE);
                        break;
                }
                memcpy(key.bytes + 1, &a->v6, sizeof(a->v6));
                memcpy(key.bytes + 1 + sizeof(a->v6), &a->scope_id, sizeof(a->scope_id));
                break;
        case AF_UNIX:
                memcpy(key.bytes + 1, &a->process.uid, sizeof(a->process.uid));
                break;
        case AF_VSOCK:
                memcpy(key.bytes + 1, &a->machine.cid, sizeof(a->machine.cid));
                break;
        default:
                break;
        }
        return key;
}
