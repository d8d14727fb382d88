/* SPDX-License-Identifier: MIT */
/* raw(7), icmp(7), icmp6 (RFC 3542, section 3.2). */

#include "config/config.h"
#include "core/macro.h"
#include "core/transport.h"
#include "daemon/base/capability.h"
#include "daemon/net/socket_kind.h"
#include <errno.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <stdio.h>

/* Types that the filter of ICMP knows; all others pass it. */
#define ICMP_TYPES 32

static int open_raw(const SocketWish *w, Endpoint *at) {
        const uint8_t ip_protocol = at->ip_protocol;
        int fd = capability_raw_socket(at->address.family, ip_protocol);
        int r;

        if (fd < 0)
                return fd;

        r = socket_base_set_device(fd, w->device);
        if (r >= 0)
                r = socket_base_bind_early(fd, at);
        if (r >= 0)
                r = endpoint_of_socket(fd, at);
        if (r < 0) {
                (void)close(fd); /* nothing was received that matters */
                return r;
        }
        return fd;
}

/* A bit that is set blocks a type; without a list none is. */
static void filter_icmp(int fd, const ConfigListener *c) {
        struct icmp_filter filter = { 0 };

        for (unsigned type = 0; type < ICMP_TYPES && !config_octets_is_empty(&c->icmp_types);
             type++)
                if (!config_octets_has(&c->icmp_types, (uint8_t)type))
                        filter.data |= UINT32_C(1) << type;
        /* On failure, what is not wanted is sorted out when it is read, as are other types. */
        (void)setsockopt(fd, SOL_RAW, ICMP_FILTER, &filter, sizeof(filter));
}

static void filter_icmp6(int fd, const ConfigListener *c) {
        struct icmp6_filter filter;

        ICMP6_FILTER_SETPASSALL(&filter);
        for (unsigned type = 0; type <= UINT8_MAX && !config_octets_is_empty(&c->icmp_types);
             type++)
                if (!config_octets_has(&c->icmp_types, (uint8_t)type))
                        ICMP6_FILTER_SETBLOCK(type, &filter);
        (void)setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter)); /* as above */
}

/* The header of IPv6 comes in parts, each of which is to be asked for. */
static void configure(int fd, const ConfigListener *c) {
        /* Each fails for the other family. */
        (void)socket_base_set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
        (void)socket_base_set(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
        (void)socket_base_set(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
        if (c->ip_protocol == IPPROTO_ICMP)
                filter_icmp(fd, c);
        if (c->ip_protocol == IPPROTO_ICMPV6)
                filter_icmp6(fd, c);
}

static const char *hint(int error) {
        return error == -EPERM ? "; a raw socket needs CAP_NET_RAW: install the drop-in "
                                 "raw-sockets.conf, see \"ip_protocol\" in sockd.conf(5)"
                               : "";
}

static void mark(const ConfigStrings *groups _unused_, const Endpoint *at,
                 char ret[static SOCKET_MARK_MAX]) {
        (void)snprintf(ret, SOCKET_MARK_MAX, "#%u", at->ip_protocol);
}

const SocketKind socket_raw = {
        .open = open_raw,
        .configure = configure,
        .hint = hint,
        .mark = mark,
        .end_input = socket_base_end_datagrams,
};
